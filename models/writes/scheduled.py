"""Writing posts that are to be published later. Whoever publishes one takes its row away in the same transaction."""

from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from models.engine import WriteTx
from models.queries.scheduled import COLUMNS, MOST_ATTEMPTS, ScheduledRow
from models.scheduled import ScheduledPost


async def add(tx: WriteTx, row: ScheduledRow, at: datetime) -> None:
    """Keep a draft until its time. An idempotency key that is there already is an IntegrityError."""
    values = {name: getattr(row, name) for name in ScheduledRow.__struct_fields__}
    await tx.execute(insert(ScheduledPost).values(**values, created_at=at))


async def forget_key(tx: WriteTx, actor_id: int, key: str) -> None:
    """An Idempotency-Key of long ago may be used again."""
    mine = (ScheduledPost.actor_id == actor_id, ScheduledPost.idempotency_key == key)
    await tx.execute(update(ScheduledPost).where(*mine).values(idempotency_key=None))


async def move(tx: WriteTx, actor_id: int, scheduled_id: int, due_at: datetime) -> bool:
    """Another time for one's own, which has not come yet; False where it is not theirs or gone."""
    mine = (ScheduledPost.id == scheduled_id, ScheduledPost.actor_id == actor_id)
    values = {"due_at": due_at, "attempts": 0, "leased_until": None}
    return (await tx.execute(update(ScheduledPost).where(*mine).values(**values))).rowcount > 0


async def cancel(tx: WriteTx, actor_id: int, scheduled_id: int) -> bool:
    """Not to be published after all; False where it is not theirs or gone."""
    mine = (ScheduledPost.id == scheduled_id, ScheduledPost.actor_id == actor_id)
    return (await tx.execute(delete(ScheduledPost).where(*mine))).rowcount > 0


async def cancel_all(tx: WriteTx, actor_id: int) -> int:
    """Nothing of somebody's is to be published any more, nor what they wrote for a community: they left (product J11).

    How many there were.
    """
    theirs = or_(ScheduledPost.actor_id == actor_id, ScheduledPost.by_id == actor_id)
    return (await tx.execute(delete(ScheduledPost).where(theirs))).rowcount


async def claim(tx: WriteTx, *, now: datetime, until: datetime, most: int) -> list[ScheduledRow]:
    """Take posts whose time has come, the longest waiting first; nobody else has them until then, or ours are void."""
    waiting = (
        select(ScheduledPost.id)
        .where(
            ScheduledPost.due_at <= now,
            or_(ScheduledPost.leased_until.is_(None), ScheduledPost.leased_until <= now),
            ScheduledPost.attempts < MOST_ATTEMPTS,
        )
        .order_by(ScheduledPost.due_at)
        .limit(most)
    )
    statement = (
        update(ScheduledPost)
        .where(ScheduledPost.id.in_(waiting.with_for_update(skip_locked=True)))
        .values(leased_until=until, attempts=ScheduledPost.attempts + 1)
        .returning(*COLUMNS)
    )
    return sorted((ScheduledRow(*row) for row in await tx.execute(statement)), key=lambda row: (row.due_at, row.id))


async def take(tx: WriteTx, scheduled_id: int, leased_until: datetime) -> bool:
    """It is being published in this transaction; False where it was cancelled, moved, or is somebody else's by now."""
    mine = (ScheduledPost.id == scheduled_id, ScheduledPost.leased_until == leased_until)
    return (await tx.execute(delete(ScheduledPost).where(*mine))).rowcount > 0


async def void_leases(tx: WriteTx) -> None:
    """The workers that had them are no more."""
    leased = ScheduledPost.leased_until.is_not(None)
    await tx.execute(update(ScheduledPost).where(leased).values(leased_until=None))
