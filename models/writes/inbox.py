"""Storing received activities, and the states they pass through."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Executable, Update, bindparam, case, delete, exists, func, or_, select, update

from models.connections import Rows
from models.dialect import insert_or_ignore
from models.engine import Columns, ReadTx, WriteTx
from models.inbox import PENDING, PROCESSED, InboxActivity, InboxLane
from models.peers import ACTIVE, Peer
from models.posts import Post
from models.statements import lasting


async def store_received(tx: WriteTx, rows: Sequence[dict[str, object]]) -> None:
    """Keep verified activities; those already here are left as they are. Called by `federation.inbox.intake` alone."""
    await tx.execute(insert_or_ignore(tx, InboxActivity), list(rows))


async def is_applied(tx: ReadTx, activity_uri: str, actor_uri: str) -> bool:
    """Whether an activity of this actor was applied, or is about to be."""
    known = select(InboxActivity.id).where(
        InboxActivity.activity_uri == activity_uri,
        InboxActivity.actor_uri == actor_uri,
        InboxActivity.state.in_((PENDING, PROCESSED)),
    )
    return await tx.scalar(known) is not None


_AGAIN = ""
"""In place of a post's id: it came in the same batch as what waits for it, which is not over with the batch."""

_from_active = lasting(lambda: exists().where(Peer.id == InboxActivity.peer_id, Peer.state == ACTIVE))
"""What a partner sent before it was suspended waits until it is resumed (threats T061, T062)."""

_waiting = lasting(
    lambda: exists().where(InboxActivity.lane == InboxLane.lane, InboxActivity.state == PENDING, _from_active())
)


_at_time = bindparam("at_time", type_=InboxLane.next_attempt_at.type)
_is_due = or_(InboxLane.next_attempt_at.is_(None), InboxLane.next_attempt_at <= _at_time)


def _lease() -> Executable:
    free = (
        select(InboxLane.lane)
        .where(or_(InboxLane.leased_until.is_(None), InboxLane.leased_until < _at_time), _is_due, _waiting())
        .with_for_update(skip_locked=True)
    )
    return (
        update(InboxLane)
        .where(InboxLane.lane.in_(free))
        .values(leased_until=bindparam("until"), lease_owner=bindparam("by_owner"))
        .returning(InboxLane.lane)
    )


_LEASE = lasting(_lease)


async def lease_lanes(tx: WriteTx, *, owner: str, now: datetime, until: datetime) -> list[int]:
    """Lanes that have something to do, for this worker alone until then."""
    rows = await tx.execute(_LEASE(), {"by_owner": owner, "at_time": now, "until": until})
    return [row[0] for row in rows]


_DUE = lasting(lambda: select(InboxLane.lane).where(_is_due, _waiting()))


async def due_lanes(tx: ReadTx, *, now: datetime) -> list[int]:
    """Lanes that have something to do, for a process that is the only one: it needs no lease, nor its commit."""
    return [row[0] for row in await tx.select(_DUE(), {"at_time": now})]


_held = InboxLane.lease_owner == bindparam("of_owner")
_RENEW = lasting(
    lambda: (
        update(InboxLane)
        .where(InboxLane.lane.in_(bindparam("lanes", expanding=True)), _held)
        .values(leased_until=bindparam("until"))
    )
)
_RELEASE = lasting(
    lambda: (
        update(InboxLane)
        .where(InboxLane.lane.in_(bindparam("lanes", expanding=True)), _held)
        .values(leased_until=None, lease_owner=None, next_attempt_at=bindparam("again"))
    )
)


async def renew_lanes(tx: WriteTx, *, owner: str, lanes: Collection[int], until: datetime) -> int:
    """Keep these lanes for this worker, as far as it still holds them; how many it does hold."""
    return (await tx.execute(_RENEW(), {"lanes": list(lanes), "of_owner": owner, "until": until})).rowcount


async def release_lanes(tx: WriteTx, *, owner: str, retry_at: dict[int, datetime | None]) -> int:
    """Give lanes back; where a time is given, their first activity is tried again then. How many were still held."""
    lanes_at: dict[datetime | None, list[int]] = {}
    for lane, at in retry_at.items():
        lanes_at.setdefault(at, []).append(lane)
    held = 0
    for at, lanes in lanes_at.items():
        held += (await tx.execute(_RELEASE(), {"lanes": lanes, "of_owner": owner, "again": at})).rowcount
    return held


async def set_waits(tx: WriteTx, retry_at: dict[int, datetime | None]) -> None:
    """Where lanes are not leased: when the first activity of a lane is tried again. A time that passed holds nobody."""
    for lane, at in retry_at.items():
        if at is not None:
            await tx.execute(update(InboxLane).where(InboxLane.lane == lane).values(next_attempt_at=at))


async def give_back(tx: WriteTx, *, owner: str) -> None:
    """A worker begins: what it, or an earlier one of its name, held is free at once."""
    await tx.execute(
        update(InboxLane).where(InboxLane.lease_owner == owner).values(leased_until=None, lease_owner=None)
    )


async def void_leases(tx: WriteTx) -> None:
    """Where one process works on a database, leases of the process before it mean nothing."""
    await tx.execute(update(InboxLane).values(leased_until=None, lease_owner=None))


def _waits(*more: ColumnElement[bool]) -> Columns:
    is_waiting = (InboxActivity.state == PENDING, InboxActivity.lane.in_(bindparam("lanes", expanding=True)))
    return (
        select(
            InboxActivity.id,
            InboxActivity.lane,
            InboxActivity.activity_uri,
            InboxActivity.actor_uri,
            InboxActivity.peer_id,
            InboxActivity.type,
            InboxActivity.payload,
            InboxActivity.received_at,
            InboxActivity.attempts,
            InboxActivity.next_attempt_at,
        )
        .where(*is_waiting, _from_active(), *more)
        .order_by(InboxActivity.id)
        .limit(bindparam("most"))
    )


_PENDING = lasting(_waits)
_PENDING_OF_OTHERS = lasting(lambda: _waits(InboxActivity.peer_id.not_in(bindparam("peers", expanding=True))))


async def pending(tx: ReadTx, lanes: Sequence[int], most: int, *, but_of: Collection[int] = ()) -> Rows:
    """The oldest activities of these lanes, in order of arrival; `but_of`: peers that are passed over."""
    if not but_of:
        return await tx.select(_PENDING(), {"lanes": list(lanes), "most": most})
    return await tx.select(_PENDING_OF_OTHERS(), {"lanes": list(lanes), "most": most, "peers": list(but_of)})


_PROCESS = lasting(
    lambda: (
        update(InboxActivity)
        .where(InboxActivity.id.in_(bindparam("ids", expanding=True)))
        .values(
            state=case((InboxActivity.waits_for == _AGAIN, PENDING), else_=PROCESSED),
            waits_for=func.nullif(InboxActivity.waits_for, _AGAIN),
        )
    )
)
_FINISH = lasting(
    lambda: (
        update(InboxActivity)
        .where(InboxActivity.id == bindparam("of_id"), InboxActivity.state == PENDING)
        .values(state=bindparam("to_state"), reason=bindparam("because"))
    )
)


async def finish(tx: WriteTx, outcomes: Sequence[tuple[int, str, str | None]]) -> None:
    """Record final states: (row id, state, reason)."""
    done = [row_id for row_id, state, _ in outcomes if state == PROCESSED]
    if done:
        await tx.execute(_PROCESS(), {"ids": done})
    others = [
        {"of_id": row_id, "to_state": state, "because": reason}
        for row_id, state, reason in outcomes
        if state != PROCESSED
    ]
    if others:
        await tx.execute(_FINISH(), others)


_PROCESS_AND_RELEASE = lasting(lambda: _RELEASE().add_cte(_PROCESS().cte("applied")))
"""On PostgreSQL alone: two updates in one round trip."""


async def finish_and_release(
    tx: WriteTx, row_ids: Sequence[int], *, owner: str, retry_at: dict[int, datetime | None]
) -> int:
    """These rows are processed, and their lanes go back (`release_lanes`), all of it at once where no lane waits."""
    if any(retry_at.values()):
        await tx.execute(_PROCESS(), {"ids": list(row_ids)})
        return await release_lanes(tx, owner=owner, retry_at=retry_at)
    values = {"ids": list(row_ids), "lanes": list(retry_at), "of_owner": owner, "again": None}
    return (await tx.execute(_PROCESS_AND_RELEASE(), values)).rowcount


async def note_early(tx: WriteTx, activity_uri: str, actor_uri: str, post_uri: str) -> None:
    """What this actor brought speaks of a post that is not here: it is applied again once that is."""
    await tx.execute(
        update(InboxActivity)
        .where(InboxActivity.activity_uri == activity_uri, InboxActivity.actor_uri == actor_uri)
        .values(waits_for=post_uri)
    )


def _recall(condition: ColumnElement[bool]) -> Update:
    return (
        update(InboxActivity)
        .where(condition, InboxActivity.state.in_((PENDING, PROCESSED)), InboxActivity.payload.is_not(None))
        .values(
            state=PENDING,
            waits_for=case((InboxActivity.state == PENDING, _AGAIN), else_=None),
            attempts=0,
            next_attempt_at=bindparam("at"),
        )
    )


# Both use ix_inbox_activities_early.
_RECALL = lasting(lambda: _recall(InboxActivity.waits_for.in_(bindparam("post_uris", expanding=True))))
_RECALL_MISSED = lasting(
    lambda: _recall(InboxActivity.waits_for.in_(select(Post.uri).where(Post.uri == InboxActivity.waits_for)))
)


async def recall_early(tx: WriteTx, post_uris: Collection[str], at: datetime) -> int:
    """Posts are here now: what came before them has its turn. How many that are."""
    return (await tx.execute(_RECALL(), {"post_uris": list(post_uris), "at": at})).rowcount


async def recall_missed(tx: WriteTx, at: datetime) -> int:
    """As `recall_early`, for posts that came while another worker noted that they were not here."""
    return (await tx.execute(_RECALL_MISSED(), {"at": at})).rowcount


_LIVE = lasting(
    lambda: (
        select(InboxActivity.id)
        .join(Peer, Peer.id == InboxActivity.peer_id)
        .where(
            InboxActivity.id.in_(bindparam("ids", expanding=True)),
            InboxActivity.state == PENDING,
            Peer.state == ACTIVE,
        )
        .with_for_update(read=True)
    )
)


async def hold_live(tx: WriteTx, row_ids: Sequence[int]) -> set[int]:
    """Those that still wait to be applied and whose partner is active, and stay so until this transaction is over:
    a suspension, and what calls back what waits, come before or after it (threats T061).
    """
    return {row[0] for row in await tx.select(_LIVE(), {"ids": list(row_ids)})}


async def postpone(tx: WriteTx, row_id: int, *, attempts: int, at: datetime, reason: str) -> None:
    """Try again later."""
    await tx.execute(
        update(InboxActivity)
        .where(InboxActivity.id == row_id)
        .values(attempts=attempts, next_attempt_at=at, reason=reason)
    )


async def forget(tx: WriteTx, *, bodies_before: datetime, rows_before: datetime, most: int) -> int:
    """Drop bodies and ids of processed activities that are old enough; how many rows changed, at most `most` each."""
    old = select(InboxActivity.id).where(
        InboxActivity.received_at < bodies_before, InboxActivity.state != PENDING, InboxActivity.payload.is_not(None)
    )
    emptied = await tx.execute(
        update(InboxActivity).where(InboxActivity.id.in_(old.limit(most))).values(payload=None, waits_for=None)
    )
    older = select(InboxActivity.id).where(InboxActivity.received_at < rows_before, InboxActivity.state != PENDING)
    dropped = await tx.execute(delete(InboxActivity).where(InboxActivity.id.in_(older.limit(most))))
    return emptied.rowcount + dropped.rowcount
