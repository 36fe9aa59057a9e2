"""The policy of notifications: what it sets aside or drops, who waits, and letting them through (client API 7)."""

from typing import Any

import pytest

from tests.support.firm import App, Document, Firm
from tests.support.firm import clock_at_work as clock
from tests.support.listening import listening

__all__ = ["clock"]

POLICY, REQUESTS = "/api/v2/notifications/policy", "/api/v1/notifications/requests"
LISTED = "/api/v1/notifications"
NOTHING = {"pending_requests_count": 0, "pending_notifications_count": 0}
KINDS = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")


@pytest.fixture
async def carol(firm: Firm) -> App:
    """A colleague whom nobody follows."""
    return await firm.person("carol")


async def decide(app: App, **words: str) -> Document:
    decided: Document = await app.put(POLICY, **words)
    return decided


async def heard(app: App, **query: str) -> list[str]:
    """What somebody is told, by whom."""
    return [f"{one['type']} {one['account']['username']}" for one in await app.get(LISTED, **query)]


async def waiting(app: App) -> list[tuple[str, str]]:
    return [(one["account"]["username"], one["notifications_count"]) for one in await app.get(REQUESTS)]


async def test_who_decided_nothing_lets_everything_through(alice: App, carol: App) -> None:
    await carol.say("@alice Hello")

    policy = await alice.get(POLICY)
    older = await alice.get("/api/v1/notifications/policy")

    assert policy == {**{f"for_{kind}": "accept" for kind in KINDS}, "summary": NOTHING}
    assert older == {**{f"filter_{kind}": False for kind in KINDS[:4]}, "summary": NOTHING}
    assert await heard(alice) == ["mention carol"]
    assert await alice.get(REQUESTS) == []


async def test_a_policy_is_changed_word_by_word_and_rubbish_is_ignored(alice: App) -> None:
    first = await decide(alice, for_not_following="filter", for_bots="drop", for_new_accounts="maybe")
    second = await decide(alice, for_private_mentions="drop")
    older = await alice.get("/api/v1/notifications/policy")

    assert (first["for_not_following"], first["for_new_accounts"]) == ("filter", "accept")
    assert (second["for_not_following"], second["for_private_mentions"]) == ("filter", "drop")
    assert (older["filter_not_following"], older["filter_private_mentions"], older["filter_new_accounts"]) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("word", ["filter", "drop"])
async def test_whom_one_does_not_follow_is_set_aside_or_dropped(alice: App, bob: App, carol: App, word: str) -> None:
    await alice.follow(bob)
    await decide(alice, for_not_following=word)

    said = await carol.say("@alice Hello")
    await carol.follow(alice)
    await bob.say("@alice Hello")

    assert await heard(alice) == ["mention bob"]
    assert await heard(alice, include_filtered="true") == (
        ["mention bob", "follow carol", "mention carol"] if word == "filter" else ["mention bob"]
    )
    assert await waiting(alice) == ([("carol", "2")] if word == "filter" else [])
    assert (await alice.get(f"{LISTED}/unread_count"))["count"] == 1
    grouped = await alice.get("/api/v2/notifications")
    assert [one["sample_account_ids"] for one in grouped["notification_groups"]] == [[bob.id]]
    assert (await alice.get(f"/api/v1/statuses/{said['id']}"))["id"] == said["id"]


async def test_the_other_kinds_of_senders(firm: Firm, alice: App, carol: App) -> None:
    cases = {}
    await decide(alice, for_not_followers="filter")
    await carol.say("@alice One")
    cases["no follower"] = await waiting(alice)
    await carol.follow(alice)
    cases["follower"] = await waiting(alice)
    await decide(alice, for_not_followers="accept", for_new_accounts="filter")
    cases["new"] = await waiting(alice)
    firm.clock.advance(days=31)
    cases["old"] = await waiting(alice)
    await decide(alice, for_new_accounts="accept", for_private_mentions="filter")
    cases["not private"] = await waiting(alice)
    mine = await alice.say("@carol A word?", visibility="direct")
    await carol.say("@alice Yes", visibility="direct", in_reply_to_id=mine["id"])
    cases["answers me"] = await waiting(alice)
    await carol.say("@alice Out of the blue", visibility="direct")
    cases["private"] = await waiting(alice)

    assert cases == {
        "no follower": [("carol", "1")],
        "follower": [],
        "new": [("carol", "2")],
        "old": [],
        "not private": [],
        "answers me": [],
        "private": [("carol", "1")],
    }


async def test_what_one_asked_for_administrators_and_the_server_are_never_set_aside(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    boss = await firm.person("boss", role="admin")
    await decide(bob, **{f"for_{kind}": "drop" for kind in KINDS})
    await bob.post(f"/api/v1/accounts/{sites['id']}/follow", notify=True)

    await alice.say("@sites How do you plan?")
    await boss.say("@bob Your key is ready")
    await alice.say("@bob Hello")

    assert await heard(bob) == ["mention boss", "status sites"]


async def test_a_request_shows_what_came_last_and_is_let_through(firm: Firm, alice: App, bob: App, carol: App) -> None:
    await decide(alice, for_not_following="filter")
    await bob.say("@alice First")
    last = await carol.say("@alice Second")

    listed = await alice.get(REQUESTS)
    one = await alice.get(f"{REQUESTS}/{listed[0]['id']}")
    summary = (await alice.get(POLICY))["summary"]
    async with listening(firm, alice, "user") as stream:
        done = await alice.post(f"{REQUESTS}/{one['id']}/accept")
        event = await stream.next()
    await carol.say("@alice Third")

    assert [each["account"]["username"] for each in listed] == ["carol", "bob"]
    assert (one, one["last_status"]["id"]) == (listed[0], last["id"])
    assert summary == {"pending_requests_count": 2, "pending_notifications_count": 2}
    assert (done, event.event) == ({}, "notifications_merged")
    assert (await alice.get(f"{REQUESTS}/merged")) == {"merged": True}
    assert await heard(alice) == ["mention carol", "mention carol"]
    assert await waiting(alice) == [("bob", "1")]


async def test_a_dismissed_request_takes_what_waited_along(alice: App, bob: App, carol: App) -> None:
    await decide(alice, for_not_following="filter")
    await carol.say("@alice One")
    await bob.say("@alice Two")
    ids = [one["id"] for one in await alice.get(REQUESTS)]

    await alice.post(f"{REQUESTS}/{ids[0]}/dismiss")
    left = await waiting(alice)
    await alice.post(f"{REQUESTS}/dismiss", id=[*ids, "999", "first"])
    await decide(alice, for_not_following="accept")

    assert left == [("carol", "1")]
    assert await heard(alice) == []


async def test_several_requests_are_let_through_at_once(alice: App, bob: App, carol: App) -> None:
    await decide(alice, for_not_following="filter")
    for app in (carol, bob):
        await app.say("@alice Hello")
    ids = [one["id"] for one in await alice.get(REQUESTS)]

    assert await alice.post(f"{REQUESTS}/accept", id=ids) == {}
    assert await heard(alice) == ["mention bob", "mention carol"]


async def test_requests_are_each_one_s_own(alice: App, bob: App, carol: App) -> None:
    """T128."""
    await decide(alice, for_not_following="filter")
    await carol.say("@alice Hello")
    (request,) = await alice.get(REQUESTS)

    tries = [
        await bob.call(method, f"{REQUESTS}/{request['id']}{what}")
        for method, what in (("GET", ""), ("POST", "/accept"), ("POST", "/dismiss"))
    ]

    assert {(one.status, one.error) for one in tries} == {(404, "Record not found")}
    assert await waiting(alice) == [("carol", "1")]


async def test_what_is_set_aside_is_neither_streamed_nor_counted(firm: Firm, alice: App, bob: App, carol: App) -> None:
    await alice.follow(bob)
    await decide(alice, for_not_following="filter")

    async with listening(firm, alice, "user:notification") as stream:
        await carol.say("@alice Not now")
        await bob.say("@alice Hello")
        event = await stream.next()

    assert event.payload["account"]["username"] == "bob"


async def test_requests_are_paged_by_what_came_last(firm: Firm, alice: App) -> None:
    await decide(alice, for_not_following="filter")
    people = [await firm.person(name) for name in ("ann", "ben", "cleo", "dan", "eli")]
    for app in people:
        await app.say("@alice Hello")

    pages = await alice.walk(f"{REQUESTS}?limit=2")
    back = await alice.walk_back(pages[-1])

    names: list[Any] = [one["account"]["username"] for page in pages for one in page.document]
    assert names == ["eli", "dan", "cleo", "ben", "ann"]
    assert {one["account"]["username"] for page in back for one in page.document} == set(names)
