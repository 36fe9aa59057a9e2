"""Threads with gaps: parents asked for at their origin, lists of threads as hints, and nothing believed too easily."""

from typing import Any

import pytest
from sqlalchemy import select

from federation.backfilling import MOST_LISTED, Backfilling
from federation.inbox.context import Tools
from models.actors import Tombstone
from models.backfilling import MOST_LEVELS
from models.posts import Post
from tests.instances.scene import Scene, in_a_partners_community, in_our_community
from tests.support.fake_peer import PUBLIC, Document, FakePeer, Hosts, document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.progress import posts_looked_for
from tests.support.writers import Writer, announced

ON_SQLITE = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)


@pytest.fixture
async def town(home: Instance, partner: FakePeer) -> Scene:
    """alice is a member of the partner's community; bob and carol write there."""
    return await in_a_partners_community(home, partner)


def note(writer: Writer, word: str, answering: str | None = None, **changes: Any) -> Document:
    """A post as its author's server serves it."""
    content: Document = writer.create(word, answering=answering)["object"]
    return content | changes


def serve(writer: Writer, word: str, answering: str | None = None, **changes: Any) -> str:
    """Let the author's server serve a post; its id."""
    served = note(writer, word, answering, **changes)
    writer.actor.peer.serve(served["id"].removeprefix(writer.actor.peer.url("")), document(served))
    uri: str = served["id"]
    return uri


def serve_chain(writer: Writer, length: int) -> list[str]:
    """A thread of so many posts, each the answer to the one before; their ids."""
    uris: list[str] = []
    for number in range(length):
        uris.append(serve(writer, f"word{number:02}", uris[-1] if uris else None))
    return uris


async def fill(home: Instance) -> None:
    """Do all that is due now, as the loop would."""
    services = home.services
    tools = Tools(services.runtime, services.peers, services.directory, services.discovery, services.proofs)
    loop = Backfilling(tools)
    while await loop.step():
        pass


async def answer(scene: Scene, parent: str, word: str = "reply", **changes: Any) -> str:
    """carol's reply is announced; its id."""
    create = scene.carol.create(word, answering=parent)
    create["object"] |= changes
    await scene.arrive([create])
    uri: str = create["object"]["id"]
    return uri


async def row(home: Instance, uri: str) -> Any:
    """A post as it is stored; None: it is not here."""
    statement = select(Post.id, Post.parent_id, Post.thread_id, Post.content_html).where(Post.uri == uri)
    async with home.db.read() as tx:
        return (await tx.select(statement)).first()


async def parents(home: Instance, uri: str) -> list[str]:
    """Ids of the posts above one, the nearest first."""
    statement = select(Post.id, Post.uri, Post.parent_id)
    async with home.db.read() as tx:
        by_id = {found.id: found for found in await tx.select(statement)}
    current = next(found for found in by_id.values() if found.uri == uri)
    above: list[str] = []
    while current.parent_id is not None:
        current = by_id[current.parent_id]
        above.append(current.uri)
    return above


def asked(peer: FakePeer, uri: str) -> int:
    """How often a post was asked for."""
    return len(peer.asked_for(uri.removeprefix(peer.url(""))))


async def is_done(home: Instance) -> bool:
    async with home.db.read() as tx:
        return await posts_looked_for(tx) == 0


# --- upwards ---


async def test_a_chain_of_three_parents_is_fetched_and_shown_in_order(town: Scene, partner: FakePeer) -> None:
    chain = serve_chain(town.bob, 3)
    reply = await answer(town, chain[-1])

    await fill(town.home)

    thread = await town.alice.thread("Town", "word00")
    assert thread is not None
    below = await town.alice.replies(thread)
    assert [status["uri"] for status in below] == [*chain[1:], reply]
    assert [asked(partner, uri) for uri in chain] == [1, 1, 1]
    assert await is_done(town.home)


async def test_what_the_community_said_itself_is_fetched_too(town: Scene, partner: FakePeer) -> None:
    """Client API 11.5: an answer to its announcement came first."""
    assert town.group is not None
    announcement = serve(Writer(town.group, town.group.uri), "rules")
    reply = await answer(town, announcement)

    await fill(town.home)

    thread = await town.alice.thread("Town", "rules")
    assert thread is not None
    assert [status["uri"] for status in await town.alice.replies(thread)] == [reply]


async def test_two_replies_of_one_thread_cause_one_request_for_each_parent(town: Scene, partner: FakePeer) -> None:
    top = serve(town.bob, "top")
    left, right = serve(town.bob, "left", top), serve(town.bob, "right", top)
    replies = [await answer(town, parent, word) for parent, word in ((left, "one"), (left, "two"), (right, "three"))]

    await fill(town.home)

    assert [asked(partner, uri) for uri in (top, left, right)] == [1, 1, 1]
    assert [await parents(town.home, uri) for uri in replies] == [[left, top], [left, top], [right, top]]


@ON_SQLITE
async def test_thirty_levels_are_asked_for(town: Scene, partner: FakePeer) -> None:
    """Limits 2.2."""
    chain = serve_chain(town.bob, MOST_LEVELS)
    reply = await answer(town, chain[-1])

    await fill(town.home)

    assert await parents(town.home, reply) == chain[::-1]
    assert await town.alice.thread("Town", "word00") is not None


@ON_SQLITE
async def test_the_thirty_first_level_is_not_asked_for(town: Scene, partner: FakePeer) -> None:
    """Limits 2.2."""
    chain = serve_chain(town.bob, MOST_LEVELS + 1)
    reply = await answer(town, chain[-1])

    await fill(town.home)

    assert await parents(town.home, reply) == chain[:0:-1]
    assert asked(partner, chain[0]) == 0
    assert await is_done(town.home)


@ON_SQLITE
async def test_parents_that_go_round_in_a_circle_come_to_an_end(
    town: Scene, partner: FakePeer, clock: HeldClock
) -> None:
    """T088."""
    first, second = town.bob.post_uri("first"), town.bob.post_uri("second")
    serve(town.bob, "first", second)
    serve(town.bob, "second", first)
    await answer(town, first)

    await fill(town.home)
    clock.advance(hours=4)
    await fill(town.home)

    assert [asked(partner, uri) for uri in (first, second)] == [1, 1]
    assert await is_done(town.home)


# --- what is refused ---


async def test_a_parent_on_a_strangers_host_is_never_asked_for(town: Scene, stranger: FakePeer) -> None:
    mallory = Writer(stranger.actor("mallory"), town.bob.community)
    parent = serve(mallory, "parent")
    reply = await answer(town, parent)

    await fill(town.home)

    assert stranger.asked == []
    assert await parents(town.home, reply) == []
    assert await is_done(town.home)


async def test_a_parent_of_another_community_is_refused(town: Scene, partner: FakePeer) -> None:
    village = partner.actor("village", "Group")
    await town.alice.ask_to_join("@village@partner.test")
    parent = serve(town.bob, "parent", audience=village.uri, to=[village.uri, PUBLIC])
    reply = await answer(town, parent)

    await fill(town.home)

    assert await row(town.home, parent) is None
    assert await parents(town.home, reply) == []
    assert await is_done(town.home)


@pytest.mark.parametrize(
    "changes",
    [
        {"attributedTo": "http://alpha.test/users/alice"},
        {"id": "http://partner.test/objects/another"},
        {"to": ["http://partner.test/groups/town"]},
        {"type": "Collection"},
    ],
    ids=["another origin's author", "another id", "not public", "no post"],
)
@ON_SQLITE
async def test_a_parent_that_is_not_what_it_should_be_is_refused(town: Scene, changes: Document) -> None:
    """T030, threats R2."""
    parent = town.bob.post_uri("parent")
    served = document(note(town.bob, "parent") | changes)
    town.bob.actor.peer.serve("/objects/bob-parent", served)
    reply = await answer(town, parent)

    await fill(town.home)

    assert await row(town.home, parent) is None
    assert await parents(town.home, reply) == []
    assert await is_done(town.home)


async def test_a_parent_whose_author_is_banned_from_the_community_is_refused(town: Scene) -> None:
    assert town.group is not None
    ban = town.group.activity("Block", object=town.bob.actor.uri, target=town.group.uri, cc=[town.group.uri])
    await town.receive(ban)
    await town.home.apply()
    parent = serve(town.bob, "parent")
    await answer(town, parent)

    await fill(town.home)

    assert await row(town.home, parent) is None


@ON_SQLITE
async def test_nothing_is_asked_for_where_nobody_is_a_member_any_more(town: Scene, partner: FakePeer) -> None:
    parent = serve(town.bob, "parent")
    await answer(town, parent)
    community = await town.alice.find("@town@partner.test")
    assert community is not None
    await town.alice.leave(community)

    await fill(town.home)

    assert asked(partner, parent) == 0
    assert await is_done(town.home)


@ON_SQLITE
async def test_nothing_is_asked_for_while_the_partner_is_suspended(town: Scene, partner: FakePeer) -> None:
    parent = serve(town.bob, "parent")
    await answer(town, parent)
    await town.home.suspend("partner.test")

    await fill(town.home)

    assert asked(partner, parent) == 0


@ON_SQLITE
async def test_in_our_own_community_only_what_authors_send_counts(home: Instance, partner: FakePeer) -> None:
    scene = await in_our_community(home, partner)
    parent = serve(scene.bob, "parent")
    await scene.arrive([scene.carol.create("reply", answering=parent)])

    await fill(home)

    assert asked(partner, parent) == 0


# --- what cannot be had ---


async def test_a_parent_that_is_gone_leaves_a_tombstone(town: Scene, partner: FakePeer) -> None:
    assert town.group is not None
    parent = town.bob.post_uri("parent")
    partner.serve("/objects/bob-parent", document({"error": "gone"}, status=410))
    await answer(town, parent)

    await fill(town.home)
    await answer(town, parent, "another")
    await fill(town.home)
    await town.arrive([town.bob.create("parent")])

    async with town.home.db.read() as tx:
        buried = [found.uri for found in await tx.select(select(Tombstone.uri).where(Tombstone.uri == parent))]
    assert buried == [parent]
    assert asked(partner, parent) == 1
    assert await row(town.home, parent) is None
    assert await is_done(town.home)


async def test_an_unreachable_parent_is_tried_three_times(town: Scene, partner: FakePeer, clock: HeldClock) -> None:
    parent = town.bob.post_uri("parent")
    partner.serve("/objects/bob-parent", document({"error": "later"}, status=503))
    reply = await answer(town, parent)
    tries = []

    for minutes in (0, 1, 4, 1, 60):
        clock.advance(minutes=minutes)
        await fill(town.home)
        tries.append(asked(partner, parent))

    assert tries == [1, 2, 2, 3, 3]
    assert await parents(town.home, reply) == []
    assert await is_done(town.home)


async def test_a_reply_without_its_parent_goes_below_the_opening_post_of_its_thread(
    town: Scene, partner: FakePeer, clock: HeldClock
) -> None:
    thread = {"context": "http://partner.test/threads/1"}
    opening = town.bob.create("opening")
    opening["object"] |= thread
    await town.arrive([opening])
    lost = town.bob.post_uri("lost")
    partner.serve("/objects/bob-lost", document({"error": "gone"}, status=410))
    middle = serve(town.bob, "middle", lost, **thread)
    reply = await answer(town, middle, **thread)

    await fill(town.home)

    assert await parents(town.home, reply) == [middle, opening["object"]["id"]]
    status = await town.alice.thread("Town", "opening")
    assert status is not None
    assert [below["uri"] for below in await town.alice.replies(status)] == [middle, reply]


# --- lists of threads ---


def serve_list(partner: FakePeer, path: str, items: list[Any]) -> str:
    address = partner.url(path)
    partner.serve(path, document({"id": address, "type": "OrderedCollection", "orderedItems": items}))
    return address


async def test_what_a_context_names_is_asked_for_and_believed_as_its_origin_says(
    town: Scene, partner: FakePeer, stranger: FakePeer
) -> None:
    """T039: that a post stands in a list proves nothing about its community."""
    top = serve(town.bob, "top")
    other, foreign = serve(town.bob, "other", top), serve(town.bob, "foreign", top, audience=None, to=[PUBLIC])
    items = [top, "17", other, foreign, stranger.url("/objects/x"), "http://alpha.test/objects/1", 5]
    context = serve_list(partner, "/threads/1", items)
    reply = await answer(town, top, context=context)

    await fill(town.home)

    status = await town.alice.thread("Town", "top")
    assert status is not None
    assert {below["uri"] for below in await town.alice.replies(status)} == {other, reply}
    assert await row(town.home, foreign) is None
    assert (stranger.asked, asked(partner, top), asked(partner, other)) == ([], 1, 1)
    assert await is_done(town.home)


@ON_SQLITE
async def test_a_context_on_another_origin_than_the_communitys_is_not_read(
    town: Scene, hosts: Hosts, clock: HeldClock
) -> None:
    async with FakePeer.running("third.test", hosts, clock) as third:
        await town.home.allow("third.test")
        context = serve_list(third, "/threads/1", [])
        await answer(town, serve(town.bob, "top"), context=context)

        await fill(town.home)

        assert third.asked_for("/threads/1") == []


@ON_SQLITE
async def test_the_replies_of_an_opening_post_without_a_context_are_read(town: Scene, partner: FakePeer) -> None:
    other = serve(town.bob, "other", town.bob.post_uri("top"))
    top = serve(town.bob, "top", replies=serve_list(partner, "/objects/bob-top/replies", [other]))
    await answer(town, top)

    await fill(town.home)

    assert await parents(town.home, other) == [top]


@ON_SQLITE
async def test_answers_embedded_in_a_post_are_only_where_to_look(
    town: Scene, partner: FakePeer, stranger: FakePeer
) -> None:
    """Group federation 14, as PieFed sends `replies`: each as its own origin has it, and never as it was embedded."""
    top = town.bob.post_uri("top")
    true, foreign = serve(town.bob, "true", top), serve(town.bob, "foreign", top, audience=None, to=[PUBLIC])
    embedded = town.carol.create("invented", answering=top)["object"]
    lie = town.bob.create("true", answering=top)["object"] | {"content": "<p>never said</p>"}
    elsewhere = lie | {"id": stranger.url("/objects/x")}
    ours = "http://alpha.test/objects/1"
    create = town.bob.create("top")
    create["object"] |= {"replies": [lie, foreign, embedded, elsewhere, ours, {"type": "Note"}, 5, None, lie]}
    await town.arrive([create])

    await fill(town.home)

    assert await parents(town.home, true) == [top]
    assert "never said" not in (await row(town.home, true)).content_html
    assert [await row(town.home, uri) for uri in (foreign, embedded["id"], elsewhere["id"])] == [None] * 3
    assert (stranger.asked, asked(partner, true), asked(partner, top)) == ([], 1, 0)


@ON_SQLITE
async def test_one_embedded_answer_is_no_list_of_answers(town: Scene, partner: FakePeer) -> None:
    """It was read as the address of one."""
    true = serve(town.bob, "true", town.bob.post_uri("top"))
    create = town.bob.create("top")
    create["object"] |= {"replies": [town.bob.create("true", answering=town.bob.post_uri("top"))["object"]]}
    await town.arrive([create])

    await fill(town.home)

    assert await parents(town.home, true) == [town.bob.post_uri("top")]
    assert asked(partner, true) == 1


@ON_SQLITE
@pytest.mark.parametrize(("length", "later"), [(MOST_LISTED, 0), (MOST_LISTED + 1, 1)])
async def test_two_hundred_posts_of_a_thread_are_asked_for_in_an_hour(
    town: Scene, partner: FakePeer, clock: HeldClock, length: int, later: int
) -> None:
    """T087."""
    items = [partner.url(f"/objects/listed-{number}") for number in range(length)]
    for number in range(length):
        partner.serve(f"/objects/listed-{number}", document({"type": "Note", "id": items[number]}))
    context = serve_list(partner, "/threads/1", items)

    await answer(town, serve(town.bob, "top"), context=context)
    await fill(town.home)
    await answer(town, serve(town.bob, "second"), "again", context=context)
    clock.advance(minutes=59)
    await fill(town.home)
    at_first = sum(asked(partner, uri) for uri in items)
    clock.advance(minutes=1)
    await fill(town.home)

    assert at_first == MOST_LISTED
    assert asked(partner, items[-1]) >= 1
    assert len(partner.asked_for("/threads/1")) == 2


# --- beside what is delivered ---


async def test_the_announcement_that_comes_after_all_changes_nothing(town: Scene) -> None:
    """T010: a post that was filled in is shown once."""
    top = serve(town.bob, "top")
    await answer(town, top)
    await fill(town.home)

    await town.arrive([town.bob.create("top")])

    assert len(await town.alice.threads("Town")) == 1


async def test_a_parent_that_comes_by_itself_is_not_asked_for(town: Scene, partner: FakePeer) -> None:
    assert town.group is not None
    top = serve(town.bob, "top")
    reply = await answer(town, top)
    await town.arrive([town.bob.create("top")])

    await fill(town.home)

    assert asked(partner, top) == 0
    assert await parents(town.home, reply) == [top]


async def test_a_reply_that_comes_in_one_batch_with_its_parent_leaves_nothing_to_do(town: Scene) -> None:
    assert town.group is not None
    parent = town.bob.create("parent")
    reply = announced(town.group, town.carol.create("reply", answering=parent["object"]["id"]))

    await town.group.post("http://alpha.test/inbox", reply)
    await town.arrive([parent], one_by_one=False)

    assert await is_done(town.home)
