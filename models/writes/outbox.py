"""The delivery queue: leases, outcomes, dead letters. What is owed to whom, `federation.outbox.recipients` says."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Executable, Integer, and_, bindparam, delete, exists, func, insert, or_, select, update

from models.connections import Rows
from models.dialect import insert_or_ignore
from models.engine import ReadTx, WriteTx
from models.outbox import Activity, DeadDelivery, Delivery, DeliveryQueue
from models.peers import ACTIVE, Peer
from models.statements import lasting

_ADD_ACTIVITIES = lasting(lambda: insert(Activity))


async def add_activities(tx: WriteTx, rows: Sequence[dict[str, object]]) -> None:
    """Store activities of ours."""
    await tx.execute(_ADD_ACTIVITIES(), list(rows))


_may_go = or_(Peer.state == ACTIVE, Delivery.is_formal)
"""Suspended partners get what is about the exchange itself, nothing else (product J10)."""

_at_time = bindparam("at_time", type_=DeliveryQueue.next_attempt_at.type)
_due = lasting(
    lambda: (
        select(DeliveryQueue.peer_id)
        .join(Peer, Peer.id == DeliveryQueue.peer_id)
        .where(
            or_(DeliveryQueue.leased_until.is_(None), DeliveryQueue.leased_until < _at_time),
            or_(DeliveryQueue.next_attempt_at.is_(None), DeliveryQueue.next_attempt_at <= _at_time),
            or_(
                and_(Peer.state == ACTIVE, exists().where(Delivery.peer_id == DeliveryQueue.peer_id)),
                exists().where(Delivery.peer_id == DeliveryQueue.peer_id, Delivery.is_formal),
            ),
        )
    )
)
_ANY_DUE = lasting(lambda: _due().limit(1))


async def any_due(tx: ReadTx, *, now: datetime) -> bool:
    """Whether leasing would give anything: asked first, since most publications find every peer in hand already."""
    return (await tx.select(_ANY_DUE(), {"at_time": now})).first() is not None


async def stored(tx: WriteTx, activity_ids: Sequence[int]) -> set[int]:
    """Those of the activities that are still kept."""
    return {row[0] for row in await tx.select(select(Activity.id).where(Activity.id.in_(activity_ids)))}


def _lease() -> Executable:
    free = (
        _due()
        .order_by(DeliveryQueue.last_success_at)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True, of=DeliveryQueue)
    )
    return (
        update(DeliveryQueue)
        .where(DeliveryQueue.peer_id.in_(free))
        .values(leased_until=bindparam("until"), lease_owner=bindparam("by_owner"))
        .returning(DeliveryQueue.peer_id)
    )


_LEASE = lasting(_lease)


async def lease_queues(tx: WriteTx, *, owner: str, now: datetime, until: datetime, limit: int) -> list[int]:
    """Peers that may be tried now and are owed something, for this worker alone until then. Suspended ones wait."""
    rows = await tx.execute(_LEASE(), {"by_owner": owner, "at_time": now, "until": until, "most": limit})
    return [row[0] for row in rows]


async def renew_leases(tx: WriteTx, *, owner: str, peers: Sequence[int], until: datetime) -> list[int]:
    """Keep these peers for this worker, as far as it still holds them; those that it does hold."""
    statement = (
        update(DeliveryQueue)
        .where(DeliveryQueue.lease_owner == owner, DeliveryQueue.peer_id.in_(peers))
        .values(leased_until=until)
        .returning(DeliveryQueue.peer_id)
    )
    return [row[0] for row in await tx.execute(statement)]


async def give_back(tx: WriteTx, *, owner: str, kept: Sequence[int]) -> None:
    """A worker begins: what it, or an earlier one of its name, held besides `kept` is free at once."""
    await tx.execute(
        update(DeliveryQueue)
        .where(DeliveryQueue.lease_owner == owner, DeliveryQueue.peer_id.not_in(kept))
        .values(leased_until=None, lease_owner=None)
    )


async def void_leases(tx: WriteTx) -> None:
    """Where one process works on a database, leases of the process before it mean nothing."""
    await tx.execute(update(DeliveryQueue).values(leased_until=None, lease_owner=None))


_OWED = (
    Delivery.id,
    Delivery.peer_id,
    Delivery.order_key,
    Delivery.activity_id,
    Delivery.inbox_url,
    Delivery.created_at,
    Delivery.is_formal,
)
"""What a sender knows of a delivery."""

_ranked = lasting(
    lambda: (
        select(
            *_OWED,
            func.row_number().over(partition_by=Delivery.peer_id, order_by=Delivery.id).label("rank"),
        )
        .join(Peer, Peer.id == Delivery.peer_id)
        .where(Delivery.peer_id.in_(bindparam("peers", expanding=True)), _may_go)
        .subquery()
    )
)
_OLDEST = lasting(
    lambda: (
        select(*(_ranked().c[column.key] for column in _OWED))
        .where(_ranked().c.rank <= bindparam("each"))
        .order_by(_ranked().c.id)
    )
)


async def oldest(tx: WriteTx, peers: Sequence[int], each: int) -> Rows:
    """The first deliveries of content of each of these peers, in order."""
    return await tx.select(_OLDEST(), {"peers": list(peers), "each": each})


_FORMAL = lasting(
    lambda: (
        select(*_OWED)
        .where(Delivery.is_formal, Delivery.peer_id.in_(bindparam("peers", expanding=True)))
        .order_by(Delivery.id)
    )
)


async def formal(tx: WriteTx, peers: Sequence[int]) -> Rows:
    """What is about the exchange itself, in order: it goes before all content, which may hang on it."""
    return await tx.select(_FORMAL(), {"peers": list(peers)})


_PAYLOADS = lasting(
    lambda: select(
        Activity.id, Activity.uri, Activity.actor_id, Activity.payload, Activity.digest, Activity.to_followers
    ).where(Activity.id.in_(bindparam("ids", expanding=True)))
)


async def payloads(tx: WriteTx, activity_ids: Sequence[int]) -> Rows:
    """(id, uri, actor id, bytes, digest, whether to followers) of activities."""
    return await tx.select(_PAYLOADS(), {"ids": list(activity_ids)})


_DELIVERED = lasting(
    lambda: delete(Delivery).where(
        Delivery.id.in_(bindparam("ids", expanding=True)),
        Delivery.peer_id.in_(select(DeliveryQueue.peer_id).where(DeliveryQueue.lease_owner == bindparam("by_owner"))),
    )
)


async def delivered(tx: WriteTx, owner: str, delivery_ids: Sequence[int]) -> None:
    """Delete what was delivered or is given up, where the lease is still held (a paused process acts on nothing)."""
    await tx.execute(_DELIVERED(), {"ids": list(delivery_ids), "by_owner": owner})


async def bury(tx: WriteTx, rows: Sequence[dict[str, object]]) -> None:
    """Keep refused deliveries as dead letters."""
    await tx.execute(insert(DeadDelivery), list(rows))


_RELEASE = lasting(
    lambda: (
        update(DeliveryQueue)
        .where(DeliveryQueue.peer_id == bindparam("of_peer"), DeliveryQueue.lease_owner == bindparam("of_owner"))
        .values(
            leased_until=None,
            lease_owner=None,
            next_attempt_at=bindparam("again"),
            attempt=bindparam("failures"),
            refusals=bindparam("refused"),
            failing_since=bindparam("failing"),
            last_success_at=func.coalesce(
                bindparam("success", type_=DeliveryQueue.last_success_at.type), DeliveryQueue.last_success_at
            ),
            last_error=bindparam("error"),
            has_gap=or_(DeliveryQueue.has_gap, bindparam("gap", type_=DeliveryQueue.has_gap.type)),
            clock_ahead=func.coalesce(
                bindparam("ahead", type_=DeliveryQueue.clock_ahead.type), DeliveryQueue.clock_ahead
            ),
        )
    )
)


async def release(tx: WriteTx, owner: str, rows: Sequence[dict[str, object]]) -> None:
    """Give queues back with how it went; keys of a row are the names bound above."""
    if rows:
        await tx.execute(_RELEASE(), [{"of_owner": owner, **row} for row in rows])


async def ensure_queue(tx: WriteTx, peer_id: int) -> None:
    """A queue row for a new peer."""
    await tx.execute(
        insert_or_ignore(tx, DeliveryQueue), {"peer_id": peer_id, "attempt": 0, "refusals": 0, "has_gap": False}
    )


async def reopen(tx: WriteTx, peer_id: int) -> None:
    """The peer has spoken to us: end its wait, and the breaker's."""
    await tx.execute(
        update(DeliveryQueue)
        .where(DeliveryQueue.peer_id == peer_id, DeliveryQueue.next_attempt_at.is_not(None))
        .values(next_attempt_at=None, refusals=0)
    )


async def drop_content(tx: WriteTx, *, peer_id: int, order_key: int) -> None:
    """The peer has no member of the community left: what shows posts and has not gone yet does not go."""
    content = select(Activity.id).where(Activity.id == Delivery.activity_id, Activity.has_content)
    await tx.execute(
        delete(Delivery).where(Delivery.peer_id == peer_id, Delivery.order_key == order_key, exists(content))
    )


async def drop_inbox(tx: WriteTx, peer_id: int, inbox_url: str) -> None:
    """The inbox is gone (410): owe it nothing more."""
    await tx.execute(delete(Delivery).where(Delivery.peer_id == peer_id, Delivery.inbox_url == inbox_url))


async def forget(tx: WriteTx, *, dead_before: datetime, activities_before: datetime, most: int) -> int:
    """Drop old dead letters, and old activities that are owed to nobody and not in an outbox."""
    dead = select(DeadDelivery.id).where(DeadDelivery.at < dead_before).limit(most)
    first = await tx.execute(delete(DeadDelivery).where(DeadDelivery.id.in_(dead)))
    idle = (
        select(Activity.id)
        .where(
            Activity.created_at < activities_before,
            Activity.in_outbox.is_(False),
            ~exists().where(Delivery.activity_id == Activity.id),
            ~exists().where(DeadDelivery.activity_id == Activity.id),
        )
        .limit(most)
    )
    second = await tx.execute(delete(Activity).where(Activity.id.in_(idle)))
    return first.rowcount + second.rowcount
