"""Follower digests (FEP-8fcf): two servers that disagree about who is a member agree again, and nobody else meddles."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from federation.collections import digest_of
from federation.sync import HEADER, WAKES, FollowerDigests
from models.actors import Actor, Follow
from models.outbox import Delivery
from models.queries import actors
from tests.instances.conftest import ON_SQLITE
from tests.instances.pair import HANDLE
from tests.instances.scene import INBOX, Scene, in_a_partners_community
from tests.support.fake_peer import FakeActor, FakePeer, document
from tests.support.instances import Instance
from tests.support.signing import Signing
from tests.support.waiting import until
from tests.support.writers import announced

ALICE = "http://alpha.test/users/alice"
LIST = "/users/town/followers_synchronization"
SIGNED = ("(request-target)", "host", "date", "digest", "collection-synchronization")


async def members_at(instance: Instance, community: str, *, accepted: bool = True) -> set[str]:
    """Ids of everybody who follows a community, as one server has it."""
    target = select(Actor.id).where(Actor.uri == community).scalar_subquery()
    rows = select(Actor.uri).join(Follow, Follow.follower_id == Actor.id)
    return {
        row[0] for row in await instance.rows(rows.where(Follow.target_id == target, Follow.is_accepted == accepted))
    }


async def lose(instance: Instance, follower: str, *, change: bool = False) -> None:
    """Let one server forget a membership, or only that it was granted."""
    mine = Follow.follower_id == select(Actor.id).where(Actor.uri == follower).scalar_subquery()
    # As if asked for a moment before the digest comes: a request that is a day old is sent again by itself.
    waiting = {"is_accepted": False, "requested_at": instance.clock.now() + timedelta(hours=24)}
    async with instance.db.write() as tx:
        await tx.execute(update(Follow).where(mine).values(**waiting) if change else delete(Follow).where(mine))


@pytest.mark.parametrize("lost", ["Undo", "Reject", "Accept"])
async def test_a_lost_word_about_a_membership_is_made_up_for(alpha: Instance, beta: Instance, lost: str) -> None:
    """T208: drift is gone with the next thing that the community says, at most a day later."""
    community, bea_uri = "http://alpha.test/communities/sites", "http://beta.test/users/bea"
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice)
        for name in ("bob", "bea"):
            await (await beta.person(name)).join(HANDLE)
        await alice.say(f"{HANDLE} Everything is well")
        await alpha.at_rest()
        await lose(alpha if lost == "Reject" else beta, bea_uri, change=lost == "Accept")

        alpha.clock.advance(hours=24)
        await alice.say(f"{HANDLE} Something else")

        expected = {"http://beta.test/users/bob"} | ({bea_uri} if lost == "Accept" else set())

        async def agree() -> bool:
            here, there = await members_at(alpha, community), await members_at(beta, community)
            return here - {ALICE} == there == expected

        await until(agree)


@ON_SQLITE
async def test_open_communities_tell_once_a_day_and_others_always(alpha: Instance, partner: FakePeer) -> None:
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        runtime = alpha.services.runtime
        digests = FollowerDigests(runtime)
        for name, visibility in (("sites", "open"), ("plans", "on-request")):
            await alpha.community(name, host=alice, visibility=visibility)
        async with alpha.db.read() as tx:
            found = [await actors.local_by_name(tx, name) for name in ("sites", "plans")]

        said = []
        for hours in (0, 0, 24):
            alpha.clock.advance(hours=hours)
            for actor in found:
                assert actor is not None
                headers = await digests.headers(actor.id, 1)
                said.append(bool(headers))
                digests.told(actor.id, 1)

    assert said == [True, True, False, True, True, True]


class Town:
    """The partner's community, of which alice is a member; it says who its members here are."""

    def __init__(self, scene: Scene, partner: FakePeer) -> None:
        assert scene.group is not None
        self.scene = scene
        self.partner = partner
        self.group: FakeActor = scene.group

    async def say(self, members: list[str], **how: Any) -> None:
        """Deliver something with the header; the list is served."""
        self.partner.serve(LIST, document({"type": "OrderedCollection", "orderedItems": members}))
        said = {
            "collectionId": f"{self.group.uri}/followers",
            "url": self.partner.url(LIST),
            "digest": digest_of(members),
        } | how.pop("said", {})
        value = ", ".join(f'{name}="{text}"' for name, text in said.items())
        signing = replace(Signing(covered=SIGNED, headers={HEADER: value}), **how)
        activity = announced(self.group, self.scene.bob.create("word"))
        assert (await self.group.post(INBOX, activity, signing)).status == 202

    async def members(self) -> set[str]:
        """Who is a member as alpha has it, once it has looked at what was said."""

        async def has_looked() -> bool:
            return self.scene.home.services.hearing.is_empty

        await until(has_looked)
        await self.scene.home.apply()
        return await members_at(self.scene.home, self.group.uri)


@pytest.fixture
async def town(home: Instance, partner: FakePeer) -> Town:
    scene = await in_a_partners_community(home, partner)
    await nothing_is_owed(home)
    return Town(scene, partner)


async def nothing_is_owed(home: Instance) -> None:
    """alice's wish to join has arrived."""
    async with home.db.write() as tx:
        await tx.execute(delete(Delivery))


async def left(town: Town) -> bool:
    return await members_at(town.scene.home, town.group.uri) == set()


async def test_whom_the_community_does_not_list_is_no_member_any_more(town: Town) -> None:
    """The permission to the refusals below."""
    await town.say([])

    await until(lambda: left(town))


@ON_SQLITE
async def test_whom_it_lists_without_reason_takes_it_back(town: Town) -> None:
    ada = await town.scene.home.person("ada")

    await town.say([ALICE, f"http://alpha.test/users/{ada.name}"])

    async def is_taken_back() -> bool:
        return bool(await town.scene.home.composed("Undo"))

    await until(is_taken_back)
    [undo] = await town.scene.home.composed("Undo")
    assert (undo["actor"], undo["object"]["type"]) == ("http://alpha.test/users/ada", "Follow")
    assert undo["object"]["object"] == town.group.uri
    assert await town.members() == {ALICE}


@ON_SQLITE
@pytest.mark.parametrize(
    "how",
    [
        {"covered": ("(request-target)", "host", "date", "digest")},
        {"said": {"collectionId": "http://partner.test/users/bob/followers"}},
        {"said": {"url": "http://alpha.test/communities/sites/followers_synchronization"}},
        {"said": {"digest": digest_of(["http://alpha.test/users/somebody"])}},
        {"said": {"digest": "none"}},
        {"scheme": "rfc9421", "covered": ("@method", "@target-uri", "content-digest")},
    ],
    ids=["not signed", "another's", "elsewhere", "not of that list", "no digest", "not signed in the other scheme"],
)
async def test_what_is_not_shown_to_be_the_communitys_word_changes_nothing(town: Town, how: dict[str, Any]) -> None:
    """Spec section 17, T006."""
    await town.say([], **how)

    assert await town.members() == {ALICE}


@ON_SQLITE
async def test_nothing_is_compared_while_word_of_a_membership_is_on_its_way_there(town: Town) -> None:
    """Their list cannot know of it yet."""
    await town.scene.alice.ask_to_join("@bob@partner.test")

    await town.say([])

    assert await town.members() == {ALICE}
    assert town.partner.asked_for(LIST) == []


@ON_SQLITE
async def test_nothing_is_asked_where_both_agree(town: Town) -> None:
    await town.say([ALICE])

    assert await town.members() == {ALICE}
    assert town.partner.asked_for(LIST) == []


@ON_SQLITE
async def test_a_list_that_cannot_be_had_now_is_asked_for_again(town: Town) -> None:
    """T208: the next digest of an open community would come a day later."""
    await town.say([])
    town.partner.serve(LIST, document({}, status=503))
    await until(lambda: _was_asked(town, 1))
    assert not town.scene.home.services.hearing.is_empty
    town.partner.serve(LIST, document({"type": "OrderedCollection", "orderedItems": []}))

    town.scene.home.services.runtime.events.wake(WAKES)

    await until(lambda: left(town))


async def _was_asked(town: Town, times: int) -> bool:
    return len(town.partner.asked_for(LIST)) >= times
