"""Requests to follow or to join at a partner that nobody answered: asked again, and in the end given up.

When and how: spec/group-federation.md 5.2. Some peers keep silent to members, some refuse them: for both an Undo and a
new Follow is the only thing that helps. Where somebody has to decide, an Undo would throw the request away.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import structlog

from federation.outbox.publish import publish, send_again
from federation.runtime import Runtime
from federation.vocab.compose import Composer
from models.engine import WriteTx
from models.queries import follows
from models.queries.follows import Unanswered
from models.writes import follows as follow_writes

log = structlog.get_logger(__name__)

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
GIVEN_UP_AFTER: Final = timedelta(days=30)

_BATCH: Final = 200


class Step(Enum):
    """What is done about a request."""

    REPEAT = "repeat"
    """The same Follow once more."""
    RENEW = "renew"
    """An Undo, then a Follow with a new id."""
    GIVE_UP = "give up"


_WHEN_OPEN: Final = ((HOUR, Step.REPEAT), (DAY, Step.RENEW), (WEEK, Step.RENEW))
_WHEN_LOCKED: Final = tuple((WEEK * number, Step.REPEAT) for number in (1, 2, 3, 4))


def next_step(waiting: timedelta, repeats: int, *, is_locked: bool) -> Step | None:
    """What is due after so much waiting, where so much was done already; None: nothing yet."""
    if waiting >= GIVEN_UP_AFTER:
        return Step.GIVE_UP
    plan = _WHEN_LOCKED if is_locked else _WHEN_OPEN
    if repeats >= len(plan):
        return None
    due, step = plan[repeats]
    return step if waiting >= due else None


async def ask_again(runtime: Runtime) -> int:
    """Do what is due about every request that waits; about how many something was done. In small batches."""
    done, after = 0, 0
    while True:
        now = runtime.clock.now()
        async with runtime.db.write() as tx:
            waiting = await follows.unanswered(tx, before=now - HOUR, after=after, most=_BATCH)
            for one in waiting:
                done += await _act(tx, runtime, one, now)
        if len(waiting) < _BATCH:
            return done
        after = waiting[-1].follow.id


async def _act(tx: WriteTx, runtime: Runtime, one: Unanswered, now: datetime) -> int:
    follow, target = one.follow, one.target
    step = next_step(now - follow.requested_at, follow.repeats, is_locked=target.is_locked)
    if step is None or (one.is_on_its_way and step is not Step.GIVE_UP):
        return 0
    if not await follow_writes.claim_repeat(tx, follow.id, follow.repeats):
        return 0
    compose = Composer(runtime, now)
    undo = compose.undo_follow(follow.activity_uri, one.follower, target)
    match step:
        case Step.REPEAT:
            number = int(follow.activity_uri.rpartition("/")[2])
            await send_again(tx, [compose.follow(follow.activity_uri, number, one.follower, target)])
        case Step.RENEW:
            renewed = compose.new_follow(one.follower, target)
            await follow_writes.renew(tx, follow.id, renewed.uri)
            await publish(tx, [undo, renewed])
        case Step.GIVE_UP:
            await follow_writes.remove(tx, follow.id)
            await publish(tx, [undo])
            log.info("follow.given_up", follower=one.follower.uri, target=target.id)
    return 1
