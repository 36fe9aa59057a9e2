"""Writing when people are left in peace, and counting what is pushed to them on a day."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import delete, insert, select, update

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.pushes import PushSubscription
from models.queries.rest import Choice
from models.rest import PushDay, Rest
from models.writes import digests
from models.writes.pushes import PUSHES

MOST_A_DAY = 5
"""Notifications pushed to one person (product section 7); further ones are found in the apps."""


async def choose(tx: WriteTx, actor_id: int, choice: Choice) -> None:
    """This counts from now on; what waits for the end of other hours is looked at again."""
    await tx.execute(delete(Rest).where(Rest.actor_id == actor_id))
    await tx.execute(insert(Rest).values(actor_id=actor_id, **msgspec.structs.asdict(choice)))
    held = (PushSubscription.actor_id == actor_id, PushSubscription.failures == 0)
    await tx.execute(update(PushSubscription).where(*held).values(retry_at=None))
    await digests.look_again(tx, actor_id)
    tx.wake(PUSHES)


async def take_allowance(
    tx: WriteTx, wanted: Mapping[int, Sequence[int]], days: Mapping[int, str]
) -> dict[int, set[int]]:
    """By person, those of the notifications that may be pushed on their day: so many that they are `MOST_A_DAY` with
    what was pushed before. One that was taken already counts once, to however many apps it goes.
    """
    if not wanted:
        return {}
    fresh = [{"actor_id": one, "day": days[one], "notification_ids": []} for one in sorted(wanted)]
    await tx.execute(insert_or_ignore(tx, PushDay), fresh)
    statement = select(PushDay.actor_id, PushDay.day, PushDay.notification_ids).where(PushDay.actor_id.in_(wanted))
    found: dict[int, set[int]] = {}
    # In one order, so that two workers do not wait for each other.
    for person_id, day, ids in (await tx.select(statement.order_by(PushDay.actor_id).with_for_update())).all():
        before = list(ids) if day == days[person_id] else []
        new = [one for one in dict.fromkeys(wanted[person_id]) if one not in before]
        taken = [*before, *new[: max(0, MOST_A_DAY - len(before))]]
        found[person_id] = set(taken)
        if taken != before or day != days[person_id]:
            values = {"day": days[person_id], "notification_ids": taken}
            await tx.execute(update(PushDay).where(PushDay.actor_id == person_id).values(**values))
    return found
