"""alpha.test among the people of a fake partner: the same discussion in a community of ours, or in one of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.api import Api, Document
from tests.support.fake_peer import FakeActor, FakePeer
from tests.support.instances import Instance
from tests.support.writers import Writer, announced

INBOX = "http://alpha.test/inbox"
SITES = "http://alpha.test/communities/sites"


@dataclass
class Scene:
    """alice at home; bob and carol at the partner, members of the same community as she. Nothing is applied unasked."""

    home: Instance
    alice: Api
    bob: Writer
    carol: Writer
    title: str
    """Of the community."""
    group: FakeActor | None = None
    """The community, if it is the partner's: then everything comes from it."""

    async def arrive(self, activities: Sequence[Document], *, one_by_one: bool = True) -> None:
        """Take these in, in this order: each applied before the next one comes, or all of them in one batch."""
        for activity in activities:
            await self.receive(activity)
            if one_by_one:
                await self.home.apply()
        await self.home.apply()

    async def receive(self, activity: Document) -> None:
        """Take one in, without applying it."""
        sender = self.group or self._author(activity)
        answer = await sender.post(INBOX, announced(sender, activity) if self.group else activity)
        assert answer.status == 202, answer

    def _author(self, activity: Document) -> FakeActor:
        return next(one.actor for one in (self.bob, self.carol) if one.actor.uri == activity["actor"])

    async def shown(self, word: str) -> dict[str, Any] | None:
        """What alice sees of an opening post; None: nothing."""
        status = await self.alice.thread(self.title, word)
        if status is None:
            return None
        return {
            "content": status["content"],
            "is_edited": status["edited_at"] is not None,
            "likes": status["favourites_count"],
        }


async def in_our_community(home: Instance, partner: FakePeer) -> Scene:
    """bob and carol have joined a community of ours."""
    alice = await home.person("alice")
    await home.community("sites", host=alice)
    bob, carol = (Writer(partner.actor(name), SITES) for name in ("bob", "carol"))
    scene = Scene(home, alice, bob, carol, "Sites")
    await scene.arrive([bob.follow(), carol.follow()], one_by_one=False)
    return scene


async def in_a_partners_community(home: Instance, partner: FakePeer) -> Scene:
    """alice has joined a community of the partner."""
    alice = await home.person("alice")
    town = partner.actor("town", "Group")
    bob, carol = (Writer(partner.actor(name), town.uri) for name in ("bob", "carol"))
    await alice.ask_to_join("@town@partner.test")
    wish = {"type": "Follow", "actor": "http://alpha.test/users/alice", "object": town.uri}
    await town.post(INBOX, town.activity("Accept", object=wish))
    await home.apply()
    return Scene(home, alice, bob, carol, "Town", town)
