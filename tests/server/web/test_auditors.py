"""Auditors: in no community, and who becomes one leaves theirs (product section 9); each beside what is allowed."""

import pytest

from models.queries import leaving
from models.writes import accounts as account_rows
from models.writes import follows as follow_writes
from server.actions import accounts, auditors, communities
from server.actions.communities import NewCommunity
from server.actions.refusals import Refused
from tests.server.admin.desk import press, pressed
from tests.server.web.test_guests import WORD, walked
from tests.support.firm import OPERATOR, App, Document, Firm, keys_of

COMMUNITIES = "/api/entrepairs/v1/communities"
JOINS_NONE = "As an auditor you belong to no community"
WRITES_NONE = "As an auditor you write privately to people, and in no community"


@pytest.fixture
async def dora(firm: Firm) -> App:
    """An auditor."""
    return await firm.person("dora", role="auditor")


async def made_auditor(firm: Firm, person: App) -> App:
    """The same person with the office, and an app as they had it."""
    async with firm.runtime.db.write() as tx:
        await accounts.change_role(tx, firm.runtime, person.name, "auditor", by=OPERATOR)
    return person


async def members(community: Document, seen_by: App) -> dict[str, str]:
    found = await seen_by.get(f"{COMMUNITIES}/{community['id']}/members")
    return {one["account"]["acct"]: one["role"] for one in found}


async def test_an_auditor_reads_no_community_that_everybody_else_reads(firm: Firm, dora: App, bob: App) -> None:
    """Row 1, T155: by timeline, by address, by search, by a tag, by page."""
    thread = await bob.say("@sites Night shifts and #zebrafish?")
    zoe = await firm.person("zoe")

    for person, expected in ((zoe, 200), (dora, 404)):
        assert (await person.call("GET", f"/api/v1/statuses/{thread['id']}")).status == expected
        page = await (await firm.browser(person)).get(f"/t/{thread['id']}")
        assert (page.status, page.headers.get("Location")) == (
            (303, f"/@bob/{thread['id']}") if expected == 200 else (404, None)
        )
        listed = await (await firm.browser(person)).get("/c/sites")
        assert ("zebrafish" in listed.text) is (expected == 200)
        found = await person.get("/api/v2/search", q="zebrafish", type="statuses")
        assert bool(found["statuses"]) is (expected == 200)
        assert bool(await person.get("/api/v1/timelines/tag/zebrafish")) is (expected == 200)
        rituals = await person.call("GET", f"{COMMUNITIES}/{thread['mentions'][0]['id']}/rituals")
        assert rituals.status == expected


async def test_at_no_address_an_auditor_reads_what_is_said_in_an_open_community(
    firm: Firm, dora: App, alice: App, sites: Document
) -> None:
    """T155, T244: of every address that is read, with every id of it. That there is such a community they know."""
    thread = await alice.say(f"@sites {WORD} #{WORD}tag")
    answer = await alice.answer(thread, f"More {WORD}")

    walk = await walked(firm, dora, sites, [thread, answer], alice)

    assert walk.failures() == []
    assert not (found := walk.leaks([WORD, WORD.title(), thread["id"], answer["id"]])), "\n".join(found)


async def test_an_auditor_joins_by_no_door_and_is_told_why(firm: Firm, dora: App, sites: Document, alice: App) -> None:
    plans = await firm.community("plans", host=alice, visibility="on-request")
    browser = await firm.browser(dora)
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]

    for community in (sites, plans):
        followed = await dora.call("POST", f"/api/v1/accounts/{community['id']}/follow")
        joined = await dora.call("POST", f"{COMMUNITIES}/{community['id']}/join")
        assert [(one.status, one.error.startswith(JOINS_NONE)) for one in (followed, joined)] == [(403, True)] * 2
        page = await browser.get(f"/c/{community['username']}")
        assert JOINS_NONE in page.text
        assert not [one for one in page.forms if one.action.endswith("/join")]
        sent = await browser.post(f"/c/{community['username']}/join", {"csrf": csrf})
        assert (sent.status, JOINS_NONE in sent.text) == (403, True)
    directory = await browser.get("/communities")
    assert JOINS_NONE in directory.text
    assert not [one for one in directory.forms if one.action.endswith("/join")]
    assert await members(sites, alice) == {"alice": "host"}


async def test_a_private_community_is_nothing_to_an_auditor(firm: Firm, dora: App, alice: App) -> None:
    """Threats T148: the refusal does not say that it is there."""
    quiet = await firm.community("quiet", host=alice, visibility="private")

    assert (await dora.call("POST", f"{COMMUNITIES}/{quiet['id']}/join")).status == 404
    assert (await dora.call("POST", f"/api/v1/accounts/{quiet['id']}/follow")).status == 404


async def test_nobody_puts_an_auditor_into_a_community(firm: Firm, dora: App, alice: App, sites: Document) -> None:
    """By invitation, as its host, as the host of an orphan, by a role: each says why."""
    path = f"{COMMUNITIES}/{sites['id']}"
    zoe = await firm.person("zoe")

    invited = await alice.call("POST", f"{path}/invitations", json={"account_id": dora.id})
    named = await alice.call("PATCH", f"{path}/members/{dora.id}", json={"role": "moderator"})

    assert (invited.status, invited.error) == (
        409,
        "dora@home.test is an auditor, and auditors belong to no community.",
    )
    assert named.status == 404
    assert (await alice.call("POST", f"{path}/invitations", json={"account_id": zoe.id})).status == 200
    new = NewCommunity(name="mine", title="Mine", host="dora")
    async with firm.runtime.db.write() as tx:
        with pytest.raises(Refused, match="dora is an auditor"):
            await communities.create_community(tx, firm.runtime, new, keys_of("mine"), by=OPERATOR)
    await firm.guest("gus", "sites")
    async with firm.runtime.db.write() as tx:
        with pytest.raises(Refused, match="gus is a guest or an observer"):
            await communities.create_community(
                tx, firm.runtime, NewCommunity(name="ours", title="Ours", host="gus"), keys_of("ours"), by=OPERATOR
            )
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "alice", by=OPERATOR)
    async with firm.runtime.db.write() as tx:
        with pytest.raises(Refused, match="dora is an auditor"):
            await communities.give_host(tx, firm.runtime, "sites", "dora", by=OPERATOR)
    async with firm.runtime.db.write() as tx:
        await communities.give_host(tx, firm.runtime, "sites", "zoe", by=OPERATOR)
    assert await members(sites, zoe) == {"gus": "guest", "zoe": "host"}


async def test_an_auditor_writes_to_people_and_in_no_community(dora: App, bob: App, sites: Document) -> None:
    """Row 2: and to nobody at large."""
    tries = [
        await dora.call("POST", "/api/v1/statuses", json={"status": "@sites Hello"}),
        await dora.call("POST", "/api/v1/statuses", json={"status": "Hello, all of you", "visibility": "private"}),
    ]
    to_bob = await dora.say("@bob Your request is answered", visibility="direct")
    back = await bob.answer(to_bob, "@dora Thank you")

    assert [(one.status, one.error) for one in tries] == [(403, WRITES_NONE)] * 2
    assert (await dora.get(f"/api/v1/statuses/{back['id']}"))["account"]["acct"] == "bob"


async def test_who_becomes_an_auditor_leaves_every_community_at_once(firm: Firm, bob: App, alice: App) -> None:
    """Memberships, requests and invitations; whom they follow and what they wrote stays."""
    plans = await firm.community("plans", host=alice, visibility="on-request")
    quiet = await firm.community("quiet", host=alice, visibility="private")
    await bob.follow(alice)
    await bob.follow(plans)
    await alice.post(f"{COMMUNITIES}/{quiet['id']}/invitations", account_id=bob.id)
    mine = await bob.say("@sites Mine")
    theirs = await alice.say("@sites Theirs")

    await made_auditor(firm, bob)

    assert await bob.get("/api/v1/timelines/home") == [] or all(
        one["account"]["acct"] == "bob" for one in await bob.get("/api/v1/timelines/home")
    )
    assert (await bob.call("GET", f"/api/v1/statuses/{theirs['id']}")).status == 404
    assert (await alice.get(f"/api/v1/statuses/{mine['id']}"))["account"]["acct"] == "bob"
    assert await bob.get("/api/v1/lists") == []
    assert await bob.get("/api/entrepairs/v1/invitations") == []
    assert await alice.get("/api/v1/follow_requests") == []
    assert (await bob.call("GET", f"/api/v1/accounts/{quiet['id']}")).status == 404
    (relation,) = await bob.get("/api/v1/accounts/relationships", **{"id[]": alice.id})
    assert relation["following"] is True
    changed = await bob.call("PUT", f"/api/v1/statuses/{mine['id']}", json={"status": "@sites Otherwise"})
    assert (changed.status, changed.error) == (403, WRITES_NONE)
    assert (await bob.call("DELETE", f"/api/v1/statuses/{mine['id']}")).status == 200


async def test_who_is_no_auditor_any_more_joins_anew(firm: Firm, bob: App, alice: App, sites: Document) -> None:
    await made_auditor(firm, bob)
    async with firm.runtime.db.write() as tx:
        await accounts.change_role(tx, firm.runtime, "bob", "member", by=OPERATOR)
    before = await members(sites, alice)

    await bob.follow(sites)

    assert before == {"alice": "host"}
    assert await members(sites, alice) == {"alice": "host", "bob": "member"}
    assert (await bob.say("@sites Here again"))["id"]


async def test_who_was_suspended_gets_the_office_after_the_return_and_without_communities(
    firm: Firm, bob: App, alice: App, sites: Document
) -> None:
    """J11: nobody is given an office while they are away."""
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "bob", by=OPERATOR)
        with pytest.raises(Refused):
            await accounts.change_role(tx, firm.runtime, "bob", "auditor", by=OPERATOR)
        await accounts.resume(tx, firm.runtime, "bob", by=OPERATOR)
        await accounts.change_role(tx, firm.runtime, "bob", "auditor", by=OPERATOR)

    assert await members(sites, alice) == {"alice": "host"}


async def test_the_community_of_a_new_auditor_looks_for_another_host(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Product J8: the longest-serving moderator is asked, by the administrator's page as by the operator."""
    await alice.call("PATCH", f"{COMMUNITIES}/{sites['id']}/members/{bob.id}", json={"role": "moderator"})
    admin = await firm.browser(await firm.person("olga", role="admin"))

    await pressed(admin, "/admin/people/alice", "/admin/people/alice/role", role="auditor")

    async with firm.runtime.db.read() as tx:
        open_one = await leaving.succession(tx, int(sites["id"]))
    assert open_one is not None
    assert open_one.asked_id == int(bob.id)
    assert await members(sites, bob) == {"bob": "moderator"}


async def test_who_was_asked_to_host_and_becomes_an_auditor_is_passed_over(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    await alice.call("PATCH", f"{COMMUNITIES}/{sites['id']}/members/{bob.id}", json={"role": "moderator"})
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "alice", by=OPERATOR)

    await made_auditor(firm, bob)

    async with firm.runtime.db.read() as tx:
        open_one = await leaving.succession(tx, int(sites["id"]))
    assert open_one is not None
    assert (open_one.asked_id, open_one.declined) == (None, [int(bob.id)])


async def test_a_membership_from_before_opens_nothing_and_is_ended(
    firm: Firm, dora: App, bob: App, alice: App, sites: Document
) -> None:
    """The gate asks the account: what is stored of an auditor's membership does not count, a host's neither."""
    async with firm.runtime.db.write() as tx:
        await follow_writes.add(
            tx,
            follow_id=firm.runtime.tokens.next_id(firm.clock.now()),
            follower_id=int(dora.id),
            follower_peer_id=None,
            target_id=int(sites["id"]),
            activity_uri="http://home.test/activities/1",
            at=firm.clock.now(),
            is_accepted=True,
            role="host",
        )
    thread = await bob.say("@sites Night shifts?")

    tries = [
        await dora.call("GET", f"/api/v1/statuses/{thread['id']}"),
        await dora.call("POST", "/api/v1/statuses", json={"status": "@sites Hello"}),
        await dora.call("PATCH", f"{COMMUNITIES}/{sites['id']}", json={"title": "Mine"}),
        await dora.call("PATCH", f"{COMMUNITIES}/{sites['id']}/members/{bob.id}", json={"role": "host"}),
    ]
    await auditors.keep_out(firm.runtime)

    assert [one.status for one in tries] == [404, 403, 403, 403]
    assert await members(sites, alice) == {"alice": "host", "bob": "member"}
    async with firm.runtime.db.write() as tx:
        await account_rows.change_role(tx, int(dora.id), "member")
    assert (await dora.call("GET", f"/api/v1/statuses/{thread['id']}")).status == 200


async def test_an_auditors_community_page_says_so_in_french(firm: Firm, dora: App, sites: Document) -> None:
    browser = await firm.browser(dora)
    await press(browser, "/me", "/me/language", language="fr")

    assert "aucune communauté" in (await browser.get("/c/sites")).text
