"""Pins: posts on top of one's profile, threads on top of a community (client API sections 7 and 11.4)."""

from server.actions.pins import MOST_PINNED
from tests.support.firm import App, Document, Firm


async def pinned(reader: App, account_id: str) -> list[str]:
    found = await reader.get(f"/api/v1/accounts/{account_id}/statuses", pinned="true")
    return [one["id"] for one in found]


async def test_what_somebody_pins_stands_on_their_profile_the_last_first(firm: Firm, alice: App, bob: App) -> None:
    await bob.follow(alice)
    first, second = await alice.say("First"), await alice.say("Second")

    answered = await alice.post(f"/api/v1/statuses/{first['id']}/pin")
    firm.clock.advance(seconds=1)
    await alice.post(f"/api/v1/statuses/{second['id']}/pin")
    again = await alice.post(f"/api/v1/statuses/{first['id']}/pin")

    assert (first["pinned"], answered["pinned"], again["pinned"]) == (False, True, True)
    assert await pinned(bob, alice.id) == await pinned(alice, alice.id) == [second["id"], first["id"]]
    unpinned = await alice.post(f"/api/v1/statuses/{second['id']}/unpin")
    assert unpinned["pinned"] is False
    assert await pinned(bob, alice.id) == [first["id"]]


async def test_who_may_not_read_a_post_does_not_see_it_pinned(firm: Firm, alice: App, bob: App) -> None:
    """T148."""
    said = await alice.say("For those who follow me")
    await alice.post(f"/api/v1/statuses/{said['id']}/pin")
    stranger = await firm.person("eve")

    assert await pinned(stranger, alice.id) == []


async def test_only_so_many_posts_are_pinned(alice: App) -> None:
    posts = [await alice.say(f"Number {number}") for number in range(MOST_PINNED + 1)]

    tries = [await alice.call("POST", f"/api/v1/statuses/{one['id']}/pin") for one in posts]

    assert [one.status for one in tries] == [200] * MOST_PINNED + [422]
    assert tries[-1].error == "Validation failed: You have already pinned the maximum number of posts"
    instance = await alice.get("/api/v2/instance")
    assert instance["configuration"]["accounts"]["max_pinned_statuses"] == MOST_PINNED


async def test_what_cannot_be_pinned_is_refused_with_its_reason(alice: App, bob: App, sites: Document) -> None:
    thread = await alice.say("@sites How do you plan?")
    private = await bob.say("@alice Between us", visibility="direct")
    (wrapper, *_) = await bob.get("/api/v1/timelines/home")

    async def refusal(status_id: str) -> tuple[int, str]:
        answer = await bob.call("POST", f"/api/v1/statuses/{status_id}/pin")
        return answer.status, answer.error

    assert await refusal(thread["id"]) == (422, "Validation failed: Someone else's post cannot be pinned")
    assert await refusal(wrapper["id"]) == (422, "Validation failed: A boost cannot be pinned")
    assert await refusal(private["id"]) == (
        422,
        "Validation failed: Posts that are only visible to mentioned users cannot be pinned",
    )
    assert "pinned" not in private


async def test_a_host_pins_threads_on_top_of_the_community(alice: App, bob: App, sites: Document) -> None:
    thread = await bob.say("@sites How do you plan?")
    (wrapper, *_) = await alice.get("/api/v1/timelines/home")

    await alice.post(f"/api/v1/statuses/{thread['id']}/pin")
    on_top = await pinned(bob, sites["id"])
    await alice.post(f"/api/v1/statuses/{wrapper['id']}/unpin")

    assert on_top == [wrapper["id"]]
    assert await pinned(bob, sites["id"]) == []


async def test_a_deleted_post_is_pinned_no_more(alice: App) -> None:
    said = await alice.say("First")
    await alice.post(f"/api/v1/statuses/{said['id']}/pin")

    await alice.delete(f"/api/v1/statuses/{said['id']}")

    assert await pinned(alice, alice.id) == []
