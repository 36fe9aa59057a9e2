"""What a server had in hand when it died is taken up at its next start; what another worker has in hand is not."""

import pytest
from sqlalchemy import func, select

from federation.inbox.lanes import LEASE, RENEW_SECONDS, Lanes, LeaseLost
from models.inbox import InboxLane
from models.writes import inbox, outbox
from tests.instances.scene import Scene, in_our_community
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance
from tests.support.waiting import pause, until

ON_POSTGRESQL = pytest.mark.parametrize(
    "new_database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
"""For what only several processes do."""


async def leave_work_in_hand(scene: Scene, owner: str) -> None:
    """Something was received and something is owed, and a worker has just leased both."""
    await scene.receive(scene.bob.create("question"))
    await scene.alice.say("@sites announcement")
    now = scene.home.clock.now()
    async with scene.home.db.write() as tx:
        assert await inbox.lease_lanes(tx, owner=owner, now=now, until=now + LEASE)
        assert await outbox.lease_queues(tx, owner=owner, now=now, until=now + LEASE, limit=1)


async def sleeps(home: Instance) -> bool:
    """Whether somebody waits for the clock."""
    return home.clock.wakes_somebody_within(RENEW_SECONDS)


async def is_leased_anew(home: Instance) -> bool:
    """Whether a lane is leased for a whole lease from now."""
    async with home.db.read() as tx:
        last = await tx.scalar(select(func.max(InboxLane.leased_until)))
    return bool(last >= home.clock.now() + LEASE)


def titles(partner: FakePeer) -> list[str]:
    """What the partner was sent about, in order, each once."""
    announced = [asked.document["object"] for asked in partner.asked_for("/inbox")]
    found = [one["object"]["name"] for one in announced if isinstance(one, dict) and one["type"] == "Create"]
    return list(dict.fromkeys(found))


async def test_what_was_in_hand_is_taken_up_at_the_next_start(alpha: Instance, partner: FakePeer) -> None:
    """T188, T200: received and answered for, and not applied; owed, and not sent."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        scene = await in_our_community(alpha, partner)
        await leave_work_in_hand(scene, "slot-0")

    async with alpha.running():
        await alpha.at_rest()

        assert await scene.shown("question") is not None
        assert titles(partner) == ["announcement", "question"]


@ON_POSTGRESQL
async def test_what_another_worker_has_in_hand_waits_until_its_lease_runs_out(
    alpha: Instance, partner: FakePeer
) -> None:
    """T214."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        scene = await in_our_community(alpha, partner)
        await leave_work_in_hand(scene, "slot-7")

    async with alpha.running():
        await pause(0.5)
        meanwhile = (await scene.shown("question"), titles(partner))
        alpha.clock.advance(seconds=61)
        alpha.nudge()
        await alpha.at_rest()

        assert meanwhile == (None, [])
        assert await scene.shown("question") is not None
        assert titles(partner) == ["announcement", "question"]


async def test_posts_of_one_second_that_come_before_and_after_a_restart_are_all_taken_in(
    alpha: Instance, partner: FakePeer
) -> None:
    """T213: many peers date posts to the second, and an id of that second was given by the process before."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        scene = await in_our_community(alpha, partner)
        later = [scene.bob.create(f"later{number}") for number in range(3)]
        await scene.arrive([scene.bob.create(f"sooner{number}") for number in range(3)])

    async with alpha.running("web"):
        await scene.arrive(later)

        assert [await scene.shown(f"later{number}") is not None for number in range(3)] == [True] * 3


async def test_likes_of_one_instant_that_are_applied_before_and_after_a_restart_all_count(
    alpha: Instance, partner: FakePeer
) -> None:
    """T213: an id that the process before gave at that instant is no sign that a like is known."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        scene = await in_our_community(alpha, partner)
        await scene.arrive([scene.bob.create("question")])
        alpha.clock.advance(seconds=1)
        await scene.arrive([scene.bob.like(scene.bob.post_uri("question"))])
        await scene.receive(scene.carol.like(scene.bob.post_uri("question")))

    async with alpha.running("web"):
        await alpha.apply()

        shown = await scene.shown("question")
        assert shown is not None
        assert shown["likes"] == 2


@ON_POSTGRESQL
async def test_a_worker_that_stood_still_acts_on_nothing_once_another_has_its_lanes(
    alpha: Instance, partner: FakePeer
) -> None:
    """T214: its writes are conditional on the lease."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        scene = await in_our_community(alpha, partner)
        await scene.receive(scene.bob.create("question"))
        stalled, quick = (Lanes(alpha.services.runtime, owner) for owner in ("slot-6", "slot-7"))
        lanes, _ = await stalled.claim(10)
        before = await quick.claim(10)
        alpha.clock.advance(seconds=61)

        taken_over, rows = await quick.claim(10)

        assert before == ([], [])
        assert taken_over == lanes
        assert len(rows) == 1
        async with alpha.db.write() as tx:
            await quick.hold(tx, lanes)
            with pytest.raises(LeaseLost):
                await stalled.hold(tx, lanes)
            with pytest.raises(LeaseLost):
                await stalled.release(tx, dict.fromkeys(lanes))
            await quick.release(tx, dict.fromkeys(lanes))


@ON_POSTGRESQL
async def test_lanes_are_kept_while_their_worker_waits_for_the_network(alpha: Instance, partner: FakePeer) -> None:
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        scene = await in_our_community(alpha, partner)
        await scene.receive(scene.bob.create("question"))
        waiting, other = (Lanes(alpha.services.runtime, owner) for owner in ("slot-6", "slot-7"))
        lanes, _ = await waiting.claim(10)

        async with waiting.kept(lanes):
            for _ in range(4):
                await until(lambda: sleeps(alpha))
                alpha.clock.advance(seconds=RENEW_SECONDS)
                await until(lambda: is_leased_anew(alpha))
            meanwhile = await other.claim(10)

        assert meanwhile == ([], [])
