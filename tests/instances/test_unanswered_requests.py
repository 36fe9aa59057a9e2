"""A request to join that nobody answers is sent again as the peers need it, and given up in the end."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models.peers import Peer
from models.writes import state
from server.actions.unanswered import DAY, GIVEN_UP_AFTER, HOUR, WEEK, Step, ask_again, next_step
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX
from tests.support.api import Api, Document
from tests.support.fake_peer import FakeActor, FakePeer
from tests.support.instances import Instance

MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("waiting", "repeats", "is_locked", "step"),
    [
        (HOUR - MOMENT, 0, False, None),
        (HOUR, 0, False, Step.REPEAT),
        (DAY - MOMENT, 1, False, None),
        (DAY, 1, False, Step.RENEW),
        (WEEK - MOMENT, 2, False, None),
        (WEEK, 2, False, Step.RENEW),
        (GIVEN_UP_AFTER - MOMENT, 3, False, None),
        (GIVEN_UP_AFTER, 3, False, Step.GIVE_UP),
        (WEEK - MOMENT, 0, True, None),
        (WEEK, 0, True, Step.REPEAT),
        (2 * WEEK, 1, True, Step.REPEAT),
        (4 * WEEK, 3, True, Step.REPEAT),
        (GIVEN_UP_AFTER - MOMENT, 4, True, None),
        (GIVEN_UP_AFTER, 4, True, Step.GIVE_UP),
    ],
)
def test_the_schedule(waiting: timedelta, repeats: int, is_locked: bool, step: Step | None) -> None:
    assert next_step(waiting, repeats, is_locked=is_locked) is step


@dataclass
class Asking:
    """alice has asked to join a community of the partner."""

    home: Instance
    partner: FakePeer
    alice: Api
    town: FakeActor
    account: Document

    async def after(self, **duration: float) -> list[str]:
        """Wait so long; types of what the partner was sent, in all."""
        self.home.clock.advance(**duration)
        await ask_again(self.home.services.runtime)
        self.home.nudge()
        await self.home.at_rest()
        return [document["type"] for document in self.documents()]

    def documents(self) -> list[Document]:
        return [asked.document for asked in self.partner.asked_for("/inbox")]

    async def answer(self, kind: str) -> None:
        """Answer the newest Follow."""
        follow = [document for document in self.documents() if document["type"] == "Follow"][-1]
        await self.town.post(INBOX, self.town.activity(kind, object=follow))
        await self.home.at_rest()

    async def state(self) -> tuple[bool, bool]:
        """Is she a member, and does she wait to be one?"""
        found = await self.alice.relationship(self.account)
        return found["following"], found["requested"]


async def asking(alpha: Instance, partner: FakePeer, **changes: Any) -> Asking:
    await alpha.allow("partner.test")
    alice = await alpha.person("alice")
    town = partner.actor("town", "Group", **changes)
    account = await alice.ask_to_join("@town@partner.test")
    await alpha.at_rest()
    return Asking(alpha, partner, alice, town, account)


@pytest.fixture
async def scene(alpha: Instance, partner: FakePeer) -> AsyncIterator[Asking]:
    async with alpha.running():
        yield await asking(alpha, partner)


async def test_a_request_is_repeated_renewed_and_given_up(scene: Asking) -> None:
    """Spec 5.2: after an hour, a day, a week, and thirty days."""
    assert await scene.after(minutes=59) == ["Follow"]
    assert await scene.after(minutes=1) == ["Follow", "Follow"]
    assert await scene.after(hours=22) == ["Follow", "Follow"]
    assert (await scene.after(hours=1))[2:] == ["Undo", "Follow"]
    assert (await scene.after(days=6))[4:] == ["Undo", "Follow"]
    assert await scene.state() == (False, True)
    assert (await scene.after(days=23))[6:] == ["Undo"]

    follows = [document["id"] for document in scene.documents() if document["type"] == "Follow"]
    undone = [document["object"]["id"] for document in scene.documents() if document["type"] == "Undo"]
    assert len(set(follows)) == 3
    assert follows[0] == follows[1]
    assert undone == follows[1:]
    assert await scene.state() == (False, False)


@ON_SQLITE
async def test_an_answer_to_any_of_them_counts_and_ends_the_asking(scene: Asking) -> None:
    """T202: never a Follow while we are members."""
    await scene.after(hours=1)
    await scene.after(days=1)
    await scene.answer("Accept")

    assert await scene.state() == (True, False)
    assert len(await scene.after(days=29)) == 4


@ON_SQLITE
async def test_where_somebody_decides_the_request_stands_and_is_repeated_weekly(
    alpha: Instance, partner: FakePeer
) -> None:
    async with alpha.running():
        scene = await asking(alpha, partner, manuallyApprovesFollowers=True)

        for _ in range(28):
            await scene.after(days=1)

        assert [document["type"] for document in scene.documents()] == ["Follow"] * 5
        assert len({document["id"] for document in scene.documents()}) == 1
        assert (await scene.after(days=2))[5:] == ["Undo"]


@ON_SQLITE
@pytest.mark.parametrize(("software", "is_asked_anew"), [("discourse", True), ("lemmy", False)])
async def test_a_refusal_of_a_repeated_request_may_be_a_misunderstanding(
    scene: Asking, software: str, is_asked_anew: bool
) -> None:
    async with scene.home.db.write() as tx:
        await tx.execute(update(Peer).values(software=software))
        await state.bump_revision(tx, state.PEERS)
    await scene.after(hours=1)

    await scene.answer("Reject")

    assert await scene.state() == (False, is_asked_anew)
    assert [document["type"] for document in scene.documents()][2:] == ["Undo", "Follow"] * is_asked_anew
    if is_asked_anew:
        await scene.answer("Reject")
        assert await scene.state() == (False, False)


@ON_SQLITE
async def test_a_partner_that_was_not_reached_is_not_asked_more_often(alpha: Instance, partner: FakePeer) -> None:
    """It is still owed the first request."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        partner.actor("town", "Group")
        await (await alpha.person("alice")).ask_to_join("@town@partner.test")
        alpha.clock.advance(days=1)

        assert await ask_again(alpha.services.runtime) == 0
        assert (await alpha.health("partner.test")).backlog == 1
