"""Outboxes, followers, moderators, featured: each partner gets what it may see, and totals of that."""

from collections.abc import Iterable
from typing import Any

import pytest

from models.queries.actors import ActorRow
from server.activitypub.collections import PAGE_ITEMS
from tests.server.activitypub.home import HOME, Home, seen
from tests.support.fake_peer import FakeActor, FakePeer
from tests.support.signing import Signing


@pytest.fixture
async def alice(home: Home) -> ActorRow:
    return await home.person("alice")


@pytest.fixture
async def town(home: Home, alice: ActorRow) -> ActorRow:
    return await home.community("town", host=alice)


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


async def test_the_root_of_an_outbox_holds_the_newest_page(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    for number in range(PAGE_ITEMS + 2):
        await home.post(alice, f"@town Post {number}")

    answer = await bob.get(f"{alice.uri}/outbox")

    root = answer.document
    assert answer.status == 200
    assert (root["id"], root["type"]) == (f"{alice.uri}/outbox", "OrderedCollection")
    assert root["totalItems"] == PAGE_ITEMS + 2
    assert root["first"] == f"{alice.uri}/outbox?page=true"
    assert root["last"] == f"{alice.uri}/outbox?page=true&min_id=0"
    assert [item["object"]["name"] for item in root["orderedItems"]] == [
        f"Post {number}" for number in range(PAGE_ITEMS + 1, 1, -1)
    ]


async def test_pages_lead_through_the_whole_outbox_and_back(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    for number in range(2 * PAGE_ITEMS + 5):
        await home.post(alice, f"@town Post {number}")
    root = (await bob.get(f"{alice.uri}/outbox")).document

    forward = await _pages(bob, root["first"], "next")
    back = await _pages(bob, root["last"], "prev")

    assert [len(page["orderedItems"]) for page in forward] == [20, 20, 5]
    assert [len(page["orderedItems"]) for page in back] == [20, 20, 5, 0]
    assert _ids(forward) == _ids(reversed(back))
    assert len(set(_ids(forward))) == 2 * PAGE_ITEMS + 5
    assert "next" not in back[0]


async def test_a_page_has_the_address_at_which_it_was_asked_for(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    await home.post(alice, "@town Hello")
    root = (await bob.get(f"{alice.uri}/outbox")).document

    for address in (root["first"], root["last"], f"{alice.uri}/outbox?page=true&max_id=7"):
        page = (await bob.get(address)).document
        assert page["id"] == address
        assert page["type"] == "OrderedCollectionPage"
        assert page["partOf"] == f"{alice.uri}/outbox"


@pytest.mark.parametrize("query", ["page=true&max_id=abc", "page=true&max_id=-5", "page=true&min_id=" + "9" * 40])
async def test_bounds_that_are_no_numbers_are_ignored(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor, query: str
) -> None:
    await home.post(alice, "@town Hello")

    assert len((await bob.get(f"{alice.uri}/outbox?{query}")).document["orderedItems"]) == 1


async def test_items_and_totals_leave_out_what_the_partner_may_not_see(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor, sub: FakePeer
) -> None:
    """R4, T155, T165: no count says that there is more."""
    sue = sub.actor("sue")
    await bob.get(alice.uri)
    await home.add_follower(alice, bob)
    await home.community("plans", host=alice, visibility="private")
    await home.post(alice, "@town For all partners")
    await home.post(alice, "@plans For members here only")
    await home.post(alice, "For those who follow me")

    for_bob = (await bob.get(f"{alice.uri}/outbox")).document
    for_sue = (await sue.get(f"{alice.uri}/outbox")).document

    assert (for_bob["totalItems"], len(for_bob["orderedItems"])) == (2, 2)
    assert (for_sue["totalItems"], len(for_sue["orderedItems"])) == (1, 1)


async def test_activities_in_an_outbox_are_the_bytes_that_were_sent(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    await home.post(alice, "@town Hello")
    [(_, payload)] = await home.activities_of(alice)

    assert payload in (await bob.get(f"{alice.uri}/outbox")).body


async def test_a_community_announces_in_its_outbox(home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor) -> None:
    await home.post(alice, "@town Hello")

    root = (await bob.get(f"{town.uri}/outbox")).document

    assert {item["type"] for item in root["orderedItems"]} == {"Announce"}
    assert root["totalItems"] == len(root["orderedItems"])


async def test_followers_are_counted_and_never_named(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    await bob.get(town.uri)
    await home.add_follower(town, bob)

    document = (await bob.get(f"{town.uri}/followers")).document

    assert document["type"] == "Collection"
    assert document["totalItems"] == 2
    assert document["items"] == []
    assert "partner.test" not in str(document)


async def test_moderators_are_all_there(home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor) -> None:
    document = (await bob.get(f"{town.uri}/moderators")).document

    assert document["type"] == "OrderedCollection"
    assert document["orderedItems"] == [alice.uri]
    assert document["totalItems"] == 1


async def test_nothing_is_featured(home: Home, town: ActorRow, bob: FakeActor) -> None:
    document = (await bob.get(f"{town.uri}/featured")).document

    assert (document["type"], document["orderedItems"]) == ("OrderedCollection", [])


async def test_the_server_itself_says_nothing(home: Home, bob: FakeActor) -> None:
    document = (await bob.get(f"{HOME}/actor/outbox")).document

    assert (document["id"], document["totalItems"]) == (f"{HOME}/actor/outbox", 0)


@pytest.mark.parametrize("collection", ["outbox", "outbox?page=true", "followers", "moderators", "featured"])
async def test_collections_of_hidden_communities_look_like_those_of_unknown_ones(
    home: Home, alice: ActorRow, bob: FakeActor, stranger: FakePeer, collection: str
) -> None:
    """T023, T155, T170"""
    await home.community("plans", host=alice, visibility="private")
    unknown, hidden = (f"{HOME}/communities/{name}/{collection}" for name in ("nothing", "plans"))
    eve = stranger.actor("eve")

    allowed = [seen(await bob.get(url)) for url in (unknown, hidden)]
    unsigned = [seen(await stranger.get_unsigned(url)) for url in (unknown, hidden)]
    strange = [seen(await eve.get(url)) for url in (unknown, hidden)]

    assert [answers[0][0] for answers in (allowed, unsigned, strange)] == [404, 401, 403]
    assert [answers[0] == answers[1] for answers in (allowed, unsigned, strange)] == [True] * 3


async def test_a_deleted_person_has_no_collections(home: Home, alice: ActorRow, bob: FakeActor) -> None:
    await home.mark_deleted(alice)

    assert (await bob.get(f"{alice.uri}/followers")).status == 404


@pytest.mark.parametrize("signed_query", ["page=true&max_id=7", None])
async def test_a_signature_may_leave_out_the_query_of_a_get(
    home: Home, alice: ActorRow, bob: FakeActor, signed_query: str | None
) -> None:
    """T024: some peers sign the path alone."""
    url = f"{alice.uri}/outbox"
    how = Signing(url=f"{url}?{signed_query}" if signed_query else url)

    assert (await bob.get(f"{url}?page=true&max_id=7", how)).status == 200


async def test_a_signature_for_another_query_is_refused(home: Home, alice: ActorRow, bob: FakeActor) -> None:
    """T024"""
    url = f"{alice.uri}/outbox?page=true"

    assert (await bob.get(f"{url}&max_id=7", Signing(url=f"{url}&max_id=8"))).status == 401


async def _pages(bob: FakeActor, address: str, direction: str) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    following: object = address
    while isinstance(following, str):
        pages.append((await bob.get(following)).document)
        following = pages[-1].get(direction)
    return pages


def _ids(pages: Iterable[dict[str, Any]]) -> list[str]:
    return [item["id"] for page in pages for item in page["orderedItems"]]
