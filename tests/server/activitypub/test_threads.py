"""Threads as collections of ids: each partner gets what it may know of, and nobody else anything."""

import hashlib
from functools import reduce

import pytest

from models.gate import Operation, Person
from models.queries import posts
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from server.actions import posts as post_actions
from server.actions.posts import Draft
from server.activitypub.threads import CONTEXT_ITEMS, REPLY_ITEMS
from tests.server.activitypub.home import HOME, Home, seen
from tests.support.fake_peer import FakeActor, FakePeer


@pytest.fixture
async def alice(home: Home) -> ActorRow:
    return await home.person("alice")


@pytest.fixture
async def town(home: Home, alice: ActorRow) -> ActorRow:
    return await home.community("town", host=alice)


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


async def reply(home: Home, author: ActorRow, parent: PostRow, text: str) -> PostRow:
    draft = Draft(text=text, parent_id=parent.id)
    post_id = await post_actions.create(home.services, Person(author.id), draft)
    async with home.services.runtime.db.read() as tx:
        found = await posts.post(tx, post_id, Operation())
    assert found is not None
    return found


def context_of(thread: PostRow) -> str:
    return f"{HOME}/communities/town/t/{thread.id}/context"


async def test_a_thread_and_its_replies_name_one_context(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    thread = await home.post(alice, "@town Hello")
    answer = await reply(home, alice, await reply(home, alice, thread, "First"), "Second")

    documents = [(await bob.get(uri)).document for uri in (thread.uri, answer.uri)]

    assert [document["context"] for document in documents] == [context_of(thread)] * 2


async def test_the_context_lists_the_thread_as_it_was_written(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    thread = await home.post(alice, "@town Hello")
    answers = [await reply(home, alice, thread, f"Answer {number}") for number in range(3)]
    await home.delete_post(alice, answers[1])
    await home.post(alice, "@town Another thread")

    document = (await bob.get(context_of(thread))).document

    assert (document["id"], document["type"]) == (context_of(thread), "OrderedCollection")
    assert document["attributedTo"] == town.uri
    assert document["totalItems"] == 3
    assert document["orderedItems"] == [thread.uri, answers[0].uri, answers[2].uri]
    assert "first" not in document


@pytest.mark.parametrize("replies", [CONTEXT_ITEMS - 1, CONTEXT_ITEMS])
async def test_a_long_context_has_pages_of_a_hundred(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor, replies: int
) -> None:
    thread = await home.post(alice, "@town Hello")
    answers = [await reply(home, alice, thread, f"Answer {number}") for number in range(replies)]

    root = (await bob.get(context_of(thread))).document

    assert len(root["orderedItems"]) == CONTEXT_ITEMS
    assert ("first" in root) == (replies == CONTEXT_ITEMS)
    if "first" in root:
        last = (await bob.get(root["last"])).document
        assert last["orderedItems"] == [answers[-1].uri]
        assert last["partOf"] == context_of(thread)
        assert (await bob.get(last["prev"])).document["next"] == root["last"]


async def test_who_has_the_whole_thread_is_not_sent_it_again(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    thread = await home.post(alice, "@town Hello")
    answer = await reply(home, alice, thread, "Answer")
    hashes = [int.from_bytes(hashlib.sha256(uri.encode()).digest()) for uri in (thread.uri, answer.uri)]
    tag = f'"{reduce(int.__xor__, hashes):064x}"'
    headers = bob.headers("GET", context_of(thread), None, None)

    whole = await bob.get(context_of(thread))
    again = await bob.peer.send("GET", context_of(thread), [*headers, ("If-None-Match", tag)])
    await reply(home, alice, thread, "Another answer")
    changed = await bob.peer.send("GET", context_of(thread), [*headers, ("If-None-Match", tag)])

    assert whole.headers["ETag"] == tag
    assert (again.status, again.body) == (304, b"")
    assert changed.status == 200


async def test_replies_are_listed_in_pages(home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor) -> None:
    thread = await home.post(alice, "@town Hello")
    answers = [await reply(home, alice, thread, f"Answer {number}") for number in range(REPLY_ITEMS + 1)]
    await reply(home, alice, answers[0], "An answer to an answer")
    address = (await bob.get(thread.uri)).document["replies"]

    root = (await bob.get(address)).document
    page = (await bob.get(root["first"]["next"])).document

    assert (root["id"], root["type"], root["totalItems"]) == (address, "Collection", REPLY_ITEMS + 1)
    assert root["first"]["items"] == [answer.uri for answer in answers[:REPLY_ITEMS]]
    assert page["items"] == [answers[-1].uri]
    assert (page["partOf"], "next" in page) == (address, False)


async def test_threads_that_a_partner_may_not_know_look_like_unknown_ones(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor, stranger: FakePeer
) -> None:
    """T023, T148: by status, body and headers."""
    plans = await home.community("plans", host=alice, visibility="private")
    hidden = await home.post(alice, "@plans For members here only")
    elsewhere = f"{HOME}/communities/town/t/{hidden.id}/context"
    urls = [
        f"{HOME}/communities/town/t/7/context",
        f"{HOME}/communities/nothing/t/7/context",
        f"{plans.uri}/t/{hidden.id}/context",
        elsewhere,
        f"{HOME}/objects/7/replies",
        f"{hidden.uri}/replies",
    ]
    eve = stranger.actor("eve")

    allowed = [seen(await bob.get(url)) for url in urls]
    unsigned = [seen(await stranger.get_unsigned(url)) for url in urls]
    strange = [seen(await eve.get(url)) for url in urls]

    assert [answers[0][0] for answers in (allowed, unsigned, strange)] == [404, 401, 403]
    assert all(answer == answers[0] for answers in (allowed, unsigned, strange) for answer in answers)


async def test_the_outbox_of_a_community_says_what_is_gone_and_no_more_what_it_said(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor
) -> None:
    thread = await home.post(alice, "@town A slip of the tongue")
    await home.delete_post(alice, thread)

    items = (await bob.get(f"{town.uri}/outbox")).document["orderedItems"]

    assert [item["object"]["type"] for item in items] == ["Delete"]
    assert "slip" not in str(items)
    assert (await bob.get(items[0]["id"])).document == items[0]


async def test_followers_of_a_server_are_named_to_it_alone(
    home: Home, alice: ActorRow, town: ActorRow, bob: FakeActor, sub: FakePeer
) -> None:
    """FEP-8fcf: the partial collection."""
    sue = sub.actor("sue")
    for actor in (bob, sue):
        await actor.get(town.uri)
        await home.add_follower(town, actor)
    address = f"{town.uri}/followers_synchronization"

    for_partner, for_sub = [(await actor.get(address)).document for actor in (bob, sue)]

    assert (for_partner["orderedItems"], for_sub["orderedItems"]) == ([bob.uri], [sue.uri])
    assert for_partner["id"] == address
