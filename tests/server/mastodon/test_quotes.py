"""Quotes: none, and apps are told so in the words that they know (client API sections 4 and 10)."""

from tests.support.firm import App, Document, Firm


async def test_nothing_may_be_quoted_and_nothing_is(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    said = await alice.say("@sites How do you plan?")
    path = f"/api/v1/statuses/{said['id']}"

    instance = await firm.nobody.get("/api/v2/instance")
    refused = await bob.call("POST", "/api/v1/statuses", json={"status": "Look", "quoted_status_id": said["id"]})
    policy = await alice.put(f"{path}/interaction_policy", quote_approval_policy="public")

    assert instance["api_versions"]["mastodon"] == 7
    assert instance["version"].startswith("4.5.")
    assert said["quote_approval"]["current_user"] == "denied"
    assert await bob.get(f"{path}/quotes") == []
    assert (refused.status, refused.error) == (
        422,
        "Validation failed: Quoted status may not be quoted: link to it, or answer it",
    )
    assert policy == said
    assert (await bob.call("POST", f"{path}/quotes/1/revoke")).status == 404


async def test_quotes_of_what_one_may_not_see_are_asked_for_in_vain(firm: Firm, alice: App, bob: App) -> None:
    """T148."""
    secret = await alice.say("Between us", visibility="direct")
    path = f"/api/v1/statuses/{secret['id']}"

    answers = [
        await bob.call("GET", f"{path}/quotes"),
        await bob.call("PUT", f"{path}/interaction_policy", json={"quote_approval_policy": "nobody"}),
        await bob.call("POST", "/api/v1/statuses", json={"status": "Look", "quoted_status_id": secret["id"]}),
        await bob.call("POST", "/api/v1/statuses", json={"status": "Look", "quoted_status_id": "first"}),
    ]

    assert {(one.status, one.error) for one in answers} == {(404, "Record not found")}
