"""Administration through the client API: a scope and the role, measures as the product has them, no content."""

from tests.support.firm import App, Document, Firm

ADMIN = "/api/v1/admin"
SCOPES = "read write follow push admin:read admin:write"
ROUTES = [
    ("GET", "accounts"),
    ("GET", "reports"),
    ("GET", "domain_allows"),
    ("GET", "domain_blocks"),
    ("GET", "email_domain_blocks"),
    ("GET", "ip_blocks"),
    ("GET", "canonical_email_blocks"),
    ("POST", "measures"),
    ("POST", "dimensions"),
    ("POST", "retention"),
    ("GET", "trends/tags"),
]


async def boss_of(firm: Firm) -> App:
    return await firm.person("boss", SCOPES, role="admin")


async def test_the_scope_without_the_role_and_the_role_without_the_scope_are_nothing(firm: Firm, alice: App) -> None:
    """T127."""
    boss = await boss_of(firm)
    for app in (await firm.with_scopes(alice, SCOPES), await firm.with_scopes(boss, "read write follow push")):
        for method, path in ROUTES:
            assert (await app.call(method, f"{ADMIN}/{path}")).status == 403, (app.name, path)
    for method, path in ROUTES:
        assert (await boss.call(method, f"{ADMIN}/{path}")).status == 200, path


async def test_an_auditor_is_no_administrator(firm: Firm) -> None:
    """Product section 9: never the same person."""
    auditor = await firm.person("vera", SCOPES, role="auditor")

    assert (await auditor.call("GET", f"{ADMIN}/accounts")).status == 403


async def test_a_token_for_administration_is_good_for_eight_hours(firm: Firm) -> None:
    """T127: short-lived; the same person's other tokens stay."""
    boss = await boss_of(firm)
    everyday = await firm.with_scopes(boss, "read")
    firm.clock.advance(hours=7, minutes=59)
    assert (await boss.call("GET", f"{ADMIN}/accounts")).status == 200
    firm.clock.advance(minutes=1)

    late = await boss.call("GET", f"{ADMIN}/accounts")

    assert (late.status, late.error) == (401, "The access token expired")
    assert (await everyday.call("GET", "/api/v1/timelines/home")).status == 200


async def test_accounts_are_listed_and_filtered(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    boss = await boss_of(firm)

    async def names(**query: str) -> list[str]:
        return [one["username"] for one in await boss.get(f"{ADMIN}/accounts", **query)]

    assert await names() == ["boss", "bob", "alice"]
    assert await names(staff="true") == ["boss"]
    assert await names(username="AL") == ["alice"]
    assert await names(email="bob@mail.example") == ["bob"]
    assert await names(remote="true") == await names(pending="true") == await names(suspended="true") == []
    assert await names(limit="1", max_id=bob.id) == ["alice"]
    one = await boss.get(f"{ADMIN}/accounts/{bob.id}")
    assert (one["email"], one["ip"], one["account"]["acct"]) == ("bob@mail.example", None, "bob")
    assert (await boss.call("GET", f"{ADMIN}/accounts/{sites['id']}")).status == 404


async def test_suspending_ends_what_somebody_is_signed_in_with_and_can_be_undone(
    firm: Firm, alice: App, bob: App
) -> None:
    boss = await boss_of(firm)

    await boss.post(f"{ADMIN}/accounts/{bob.id}/action", type="suspend")
    closed = await bob.call("GET", "/api/v1/timelines/home")
    opened = await boss.post(f"{ADMIN}/accounts/{bob.id}/unsuspend")

    assert closed.status in (401, 403)
    assert opened["suspended"] is False
    assert (await boss.call("POST", f"{ADMIN}/accounts/{bob.id}/action", json={"type": "silence"})).status == 422
    assert (await boss.call("POST", f"{ADMIN}/accounts/{bob.id}/action")).status == 400
    assert (await boss.call("POST", f"{ADMIN}/accounts/{boss.id}/action", json={"type": "suspend"})).status == 422
    assert (await boss.call("POST", f"{ADMIN}/accounts/{bob.id}/approve")).status == 403
    assert (await boss.call("DELETE", f"{ADMIN}/accounts/{bob.id}")).status == 403


async def test_reports_show_who_and_why_and_never_what_was_written(firm: Firm, alice: App, bob: App) -> None:
    """T244: not what a community's leaders look at, and of no report the post."""
    boss = await boss_of(firm)
    inside = await alice.say("@sites Xylophone")
    outside = await alice.say("Xylophone @bob")
    for status in (inside, outside):
        await bob.post("/api/v1/reports", account_id=alice.id, status_ids=[status["id"]], comment="Rude")

    listed = await boss.call("GET", f"{ADMIN}/reports")
    (report,) = listed.document
    resolved = await boss.post(f"{ADMIN}/reports/{report['id']}/resolve")
    again = await boss.post(f"{ADMIN}/reports/{report['id']}/resolve")
    changed = await boss.put(f"{ADMIN}/reports/{report['id']}", category="spam")
    reopened = await boss.post(f"{ADMIN}/reports/{report['id']}/reopen")

    assert b"ylophone" not in listed.body
    assert (report["comment"], report["account"]["username"], report["statuses"]) == ("Rude", "bob", [])
    assert (resolved["action_taken"], again["action_taken"], reopened["action_taken"]) == (True, True, False)
    assert (resolved["action_taken_by_account"]["username"], changed["category"]) == ("boss", "spam")


async def test_an_administrator_finds_nothing_of_communities_that_they_do_not_belong_to(
    firm: Firm, alice: App, bob: App
) -> None:
    """T244: whatever of the client API they ask, with every scope."""
    board = await firm.community("board", host=alice, visibility="private")
    status = await alice.say("@board Xylophone #xylotag")
    boss = await boss_of(firm)

    paths = [
        "/api/v2/search?q=xylophone",
        "/api/v1/timelines/tag/xylotag",
        "/api/v1/timelines/public",
        "/api/v1/trends/tags",
        f"{ADMIN}/trends/statuses",
        f"{ADMIN}/reports",
        f"{ADMIN}/accounts",
    ]
    bodies = [(await boss.call("GET", path)).body for path in paths]

    assert [body for body in bodies if b"ylo" in body or board["id"].encode() in body] == []
    assert (await boss.call("GET", f"/api/v1/statuses/{status['id']}")).status == 404
    assert (await boss.call("GET", f"{ADMIN}/accounts/{board['id']}")).status == 404


async def test_servers_are_allowed_suspended_resumed_and_let_go(firm: Firm) -> None:
    boss = await boss_of(firm)

    allowed = await boss.post(f"{ADMIN}/domain_allows", domain="New.Test")
    again = await boss.post(f"{ADMIN}/domain_allows", domain="new.test")
    blocked = await boss.post(f"{ADMIN}/domain_blocks", domain="new.test")
    stranger = await boss.call("POST", f"{ADMIN}/domain_blocks", json={"domain": "stranger.test"})
    wrong = await boss.call("POST", f"{ADMIN}/domain_allows", json={"domain": "no host"})

    assert (allowed["domain"], again["id"]) == ("new.test", allowed["id"])
    assert [one["domain"] for one in await boss.get(f"{ADMIN}/domain_blocks/")] == [blocked["domain"]] == ["new.test"]
    assert (stranger.status, wrong.status) == (422, 422)
    assert (await boss.call("GET", f"{ADMIN}/domain_allows/{allowed['id']}")).status == 404
    assert await boss.delete(f"{ADMIN}/domain_blocks/{blocked['id']}") == {}
    assert (await boss.get(f"{ADMIN}/domain_allows/{allowed['id']}"))["domain"] == "new.test"
    assert await boss.delete(f"{ADMIN}/domain_allows/{allowed['id']}") == {}
    assert [one["domain"] for one in await boss.get(f"{ADMIN}/domain_allows")] == ["partner.test"]


async def test_figures_are_of_work_and_of_nobody(firm: Firm) -> None:
    """Product rule 7."""
    boss = await boss_of(firm)

    measures = await boss.post(f"{ADMIN}/measures", keys=["active_users", "new_users", "opened_reports", "nonsense"])
    dimensions = await boss.post(f"{ADMIN}/dimensions", keys=["languages", "software_versions"])

    assert [one["key"] for one in measures] == ["opened_reports"]
    assert [one["key"] for one in dimensions] == ["software_versions"]
