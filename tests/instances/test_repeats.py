"""Activities that come several times have one effect; wishes to join and their withdrawal end the same in any order."""

import asyncio
from itertools import permutations, product

from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, Scene
from tests.support.fake_peer import FakePeer
from tests.support.writers import Writer

HANDLE = "@sites@alpha.test"
TIMES = 50


async def test_fifty_copies_at_once_through_all_inboxes_have_one_effect(ours: Scene) -> None:
    """T203."""
    bob = ours.bob
    mention = {"type": "Mention", "href": "http://alpha.test/users/alice", "name": "@alice@alpha.test"}
    question = bob.create("question")
    question["object"]["tag"] = [mention]
    inboxes = (INBOX, "http://alpha.test/communities/sites/inbox", "http://alpha.test/users/alice/inbox")

    answers = await asyncio.gather(*(bob.actor.post(inboxes[turn % 3], question) for turn in range(TIMES)))
    await ours.home.apply()

    assert {answer.status for answer in answers} == {202}
    assert await ours.shown("question") is not None
    assert len(await ours.alice.notified_of("mention")) == 1
    assert len([one for one in await ours.home.composed("Announce") if one["object"] == question]) == 1


@ON_SQLITE
async def test_the_same_post_in_other_activities_is_shown_once(scene: Scene) -> None:
    again = [scene.bob.create("question") for _ in range(3)]

    await scene.arrive(again[:2])
    await scene.arrive(again, one_by_one=False)

    assert await scene.shown("question") is not None
    assert len(await scene.alice.home()) == 1


@ON_SQLITE
async def test_everything_sent_again_changes_nothing(scene: Scene) -> None:
    bob, carol = scene.bob, scene.carol
    said = [
        bob.create("kept"),
        carol.create("answer", answering=bob.post_uri("kept")),
        carol.like(bob.post_uri("kept")),
        bob.update("kept", "edited", after=bob.ago),
        bob.create("gone"),
        bob.delete("gone"),
    ]
    await scene.arrive(said)
    before = (await scene.alice.threads(scene.title), await scene.alice.home())

    await scene.arrive(said)

    assert (await scene.alice.threads(scene.title), await scene.alice.home()) == before
    assert await scene.shown("gone") is None


@ON_SQLITE
async def test_likes_of_one_person_count_once(scene: Scene) -> None:
    bob, carol = scene.bob, scene.carol

    await scene.arrive([bob.create("question")])
    await scene.arrive([carol.like(bob.post_uri("question")) for _ in range(3)], one_by_one=False)

    shown = await scene.shown("question")
    assert shown is not None
    assert shown["likes"] == 1


@ON_SQLITE
async def test_who_withdrew_a_wish_to_join_is_no_member_in_whatever_order_that_arrives(
    ours: Scene, partner: FakePeer
) -> None:
    """T205."""
    for order, one_by_one in product(permutations(range(2)), (True, False)):
        dave = Writer(partner.actor(f"dave{order[0]}{int(one_by_one)}"), ours.bob.community)
        follow = dave.follow()
        said = [follow, dave.undo(follow)]

        for index in order:
            assert (await dave.actor.post(INBOX, said[index])).status == 202
            if one_by_one:
                await ours.home.apply()
        await ours.home.apply()

        assert f"{dave.actor.name}@partner.test" not in await ours.alice.members(HANDLE), (order, one_by_one)


@ON_SQLITE
async def test_who_left_and_joins_again_is_a_member(ours: Scene) -> None:
    bob = ours.bob
    (follow, again) = bob.follow(), bob.follow()

    await ours.arrive([follow, bob.undo(follow)])
    assert "bob@partner.test" not in await ours.alice.members(HANDLE)
    await ours.arrive([again])

    assert "bob@partner.test" in await ours.alice.members(HANDLE)


@ON_SQLITE
async def test_every_repeated_wish_to_join_is_answered_with_its_own_id(ours: Scene, partner: FakePeer) -> None:
    """T202."""
    dave = Writer(partner.actor("dave"), ours.bob.community)
    wishes = [dave.follow(), dave.follow()]

    for wish in wishes:
        await dave.actor.post(INBOX, wish)
        await ours.home.apply()

    accepted = [one["object"]["id"] for one in await ours.home.composed("Accept") if one["to"] == [dave.actor.uri]]
    assert accepted == [wish["id"] for wish in wishes]
    assert await ours.alice.members(HANDLE) == {
        "alice",
        "bob@partner.test",
        "carol@partner.test",
        "dave@partner.test",
    }


@ON_SQLITE
async def test_a_repeated_wish_that_waits_is_answered_by_its_newest_id(ours: Scene, partner: FakePeer) -> None:
    """T202: its author may know of no other any more."""
    dave = partner.actor("dave")
    await ours.alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    wishes = [dave.activity("Follow", object="http://alpha.test/users/alice") for _ in range(2)]
    for wish in wishes:
        await dave.post(INBOX, wish)
        await ours.home.apply()

    (asking,) = await ours.alice.get("/api/v1/follow_requests")
    await ours.alice.post(f"/api/v1/follow_requests/{asking['id']}/authorize")

    accepted = [one["object"]["id"] for one in await ours.home.composed("Accept") if one["to"] == [dave.uri]]
    assert accepted == [wishes[1]["id"]]
