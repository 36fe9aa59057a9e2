"""Notifications: which there are, about what, filtered, dismissed, and never about what one cannot see."""

from tests.support.firm import App, Document, Firm


async def types(app: App, **query: str) -> list[str]:
    return [one["type"] for one in await app.get("/api/v1/notifications", **query)]


async def test_mention_reply_favourite_and_follow_are_told_with_their_post(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    status = await bob.say("@sites Night shifts?")
    reply = await alice.answer(status, "Let them draw the rota")
    await alice.post(f"/api/v1/statuses/{status['id']}/favourite")
    await alice.follow(bob)

    told = await bob.get("/api/v1/notifications")

    assert [(one["type"], one["account"]["acct"]) for one in told] == [
        ("follow", "alice"),
        ("favourite", "alice"),
        ("mention", "alice"),
    ]
    assert "status" not in told[0]
    assert [one["status"]["id"] for one in told[1:]] == [status["id"], reply["id"]]
    assert [one["group_key"].partition("-")[0] for one in told] == ["follow", "favourite", "ungrouped"]


async def test_nobody_is_told_of_what_they_do_themselves(alice: App, sites: Document) -> None:
    status = await alice.say("@sites I ask @alice")
    await alice.post(f"/api/v1/statuses/{status['id']}/favourite")
    await alice.answer(status, "And answer")

    assert await types(alice) == []


async def test_mentioning_a_community_notifies_nobody(alice: App, bob: App, sites: Document) -> None:
    await bob.say("@sites Night shifts?")

    assert await types(alice) == []


async def test_who_watches_a_community_is_told_of_its_threads(alice: App, bob: App, sites: Document) -> None:
    await bob.post(f"/api/v1/accounts/{sites['id']}/follow", notify=True)

    status = await alice.say("@sites Night shifts?")
    await alice.answer(status, "Anybody?")

    (told,) = await bob.get("/api/v1/notifications")
    assert (told["type"], told["account"]["acct"]) == ("status", "sites")
    assert told["status"]["reblog"]["id"] == status["id"]


async def test_types_are_asked_for_or_left_out(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    await alice.answer(status, "Rota")
    await alice.post(f"/api/v1/statuses/{status['id']}/favourite")

    only = await bob.call("GET", "/api/v1/notifications", query=[("types[]", "mention")])
    without = await bob.call("GET", "/api/v1/notifications", query=[("exclude_types[]", "mention")])
    unknown = await bob.call("GET", "/api/v1/notifications", query=[("types[]", "quote")])
    of_somebody = await bob.call("GET", "/api/v1/notifications", query={"account_id": bob.id})

    assert [one["type"] for one in only.document] == ["mention"]
    assert [one["type"] for one in without.document] == ["favourite"]
    assert unknown.document == of_somebody.document == []


async def test_one_is_read_and_dismissed_and_then_gone(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    await alice.answer(status, "Rota")
    (told,) = await bob.get("/api/v1/notifications")

    assert await bob.get(f"/api/v1/notifications/{told['id']}") == told
    assert await bob.post(f"/api/v1/notifications/{told['id']}/dismiss") == {}
    assert (await bob.call("GET", f"/api/v1/notifications/{told['id']}")).status == 404
    assert (await bob.call("POST", f"/api/v1/notifications/{told['id']}/dismiss")).status == 404


async def test_what_is_not_ones_own_is_not_there(alice: App, bob: App, sites: Document) -> None:
    """T128."""
    status = await bob.say("@sites Night shifts?")
    await alice.answer(status, "Rota")
    (told,) = await bob.get("/api/v1/notifications")

    assert (await alice.call("GET", f"/api/v1/notifications/{told['id']}")).status == 404
    assert (await alice.call("POST", f"/api/v1/notifications/{told['id']}/dismiss")).status == 404
    assert await types(bob) == ["mention"]


async def test_clearing_takes_ones_own_away(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    reply = await alice.answer(status, "Rota")
    await bob.post(f"/api/v1/statuses/{reply['id']}/favourite")

    assert await bob.post("/api/v1/notifications/clear") == {}

    assert (await types(bob), await types(alice)) == ([], ["favourite"])


async def test_what_was_taken_back_or_deleted_is_told_no_longer(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    reply = await alice.answer(status, "Rota")
    await alice.post(f"/api/v1/statuses/{status['id']}/favourite")

    await alice.post(f"/api/v1/statuses/{status['id']}/unfavourite")
    await alice.delete(f"/api/v1/statuses/{reply['id']}")

    assert await types(bob) == []


async def test_unread_are_counted_after_the_marker(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    for text in ("One", "Two", "Three"):
        await alice.answer(status, text)
    newest, middle, _ = await bob.get("/api/v1/notifications")

    before = await bob.get("/api/v1/notifications/unread_count")
    bounded = await bob.get("/api/v1/notifications/unread_count", limit="2")
    await bob.post("/api/v1/markers", notifications={"last_read_id": middle["id"]})
    after = await bob.get("/api/v1/notifications/unread_count")
    await bob.post("/api/v1/markers", notifications={"last_read_id": newest["id"]})
    none = await bob.get("/api/v1/notifications/unread_count")

    assert [found["count"] for found in (before, bounded, after, none)] == [3, 2, 1, 0]


async def test_ids_of_notifications_fit_into_a_javascript_number(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    await alice.answer(status, "Rota")

    (told,) = await bob.get("/api/v1/notifications")

    assert int(told["id"]) < 2**53


async def test_an_edit_is_told_to_those_who_marked_the_post(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    await alice.post(f"/api/v1/statuses/{status['id']}/favourite")

    await bob.put(f"/api/v1/statuses/{status['id']}", status="@sites Night shifts, again")

    assert await types(alice) == ["update"]
