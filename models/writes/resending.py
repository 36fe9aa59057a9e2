"""What a peer was owed for longer than it is kept, once it is back: sent again, before what it is owed now.

First that posts are gone, then everything else in its order. What shows a post that is gone, or that the peer may no
longer have, is not sent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update

from models.actors import Follow
from models.base import aliased
from models.communities import Community
from models.conditions import some
from models.engine import WriteTx
from models.outbox import GIVEN_UP, Activity, DeadDelivery, Delivery, DeliveryQueue
from models.posts import Post
from models.sharing import shared_with_peer

FORBIDDEN = 403

MOST_RESENT = 10_000
"""The newest of them; who was owed more reads our outboxes."""


async def resend_given_up(tx: WriteTx, peer_id: int, at: datetime) -> int:
    """Put what was given up back into the queue, ahead of what waits there; how much that was. The gap is closed."""
    rows = (await tx.select(_given_up(peer_id))).all()[::-1]
    farewells = [row for row in rows if row.is_gone and not row.has_content]
    others = [row for row in rows if not row.is_gone]
    last = await tx.scalar(select(func.max(Delivery.id)).where(Delivery.peer_id == peer_id))
    if farewells or others:
        await tx.execute(insert(Delivery), [_delivery(row, peer_id, at) for row in (*farewells, *others)])
        if last is not None:
            await _move_behind(tx, peer_id, last)
    await tx.execute(delete(DeadDelivery).where(DeadDelivery.peer_id == peer_id, DeadDelivery.reason == GIVEN_UP))
    await tx.execute(update(DeliveryQueue).where(DeliveryQueue.peer_id == peer_id).values(has_gap=False))
    return len(farewells) + len(others)


async def resend_refused(tx: WriteTx, peer_id: int, since: datetime, at: datetime) -> None:
    """What the peer refused since then because the exchange rested there already is sent again, ahead of the rest."""
    refused = (DeadDelivery.peer_id == peer_id, DeadDelivery.status == FORBIDDEN, DeadDelivery.at >= since)
    if (await tx.execute(update(DeadDelivery).where(*refused).values(reason=GIVEN_UP))).rowcount:
        await resend_given_up(tx, peer_id, at)


async def has_free_gap(tx: WriteTx, peer_id: int, now: datetime) -> bool:
    """Something was given up for the peer, and no sender has its queue."""
    statement = select(DeliveryQueue.peer_id).where(
        DeliveryQueue.peer_id == peer_id,
        DeliveryQueue.has_gap,
        or_(DeliveryQueue.leased_until.is_(None), DeliveryQueue.leased_until < now),
    )
    return await tx.scalar(statement) is not None


async def probe(tx: WriteTx, at: datetime) -> int:
    """Owe one of the activities that were given up again to each peer that is owed nothing else: how its return is
    noticed where nobody has anything new to say. How many peers that are.
    """
    queue = select(DeliveryQueue.peer_id).where(
        DeliveryQueue.has_gap, ~exists().where(Delivery.peer_id == DeliveryQueue.peer_id)
    )
    newest = (
        select(func.max(DeadDelivery.id))
        .where(DeadDelivery.peer_id.in_(queue), DeadDelivery.reason == GIVEN_UP)
        .group_by(DeadDelivery.peer_id)
    )
    chosen = (
        select(
            DeadDelivery.id,
            DeadDelivery.peer_id,
            DeadDelivery.activity_id,
            DeadDelivery.inbox_url,
            func.coalesce(Activity.community_id, Activity.actor_id).label("order_key"),
        )
        .join(Activity, Activity.id == DeadDelivery.activity_id)
        .where(DeadDelivery.id.in_(newest))
    )
    rows = (await tx.select(chosen)).all()
    if rows:
        await tx.execute(insert(Delivery), [_delivery(row, row.peer_id, at) for row in rows])
        await tx.execute(delete(DeadDelivery).where(DeadDelivery.id.in_([row.id for row in rows])))
    return len(rows)


def _given_up(peer_id: int) -> Any:
    """Newest first."""
    community, member = aliased(Community), aliased(Follow)
    may_have = or_(
        Activity.has_content.is_(False),
        Activity.community_id.is_(None),
        some(
            community,
            community.actor_id == Activity.community_id,
            shared_with_peer(community, peer_id, func.coalesce(Post.label, 0)),
            or_(
                community.is_local.is_(False),
                some(
                    member,
                    member.target_id == community.actor_id,
                    member.follower_peer_id == peer_id,
                    member.is_accepted,
                ),
            ),
        ),
    )
    return (
        select(
            DeadDelivery.activity_id,
            DeadDelivery.inbox_url,
            func.coalesce(Activity.community_id, Activity.actor_id).label("order_key"),
            Activity.has_content,
            and_(Post.id.is_not(None), Post.deleted_at.is_not(None)).label("is_gone"),
        )
        .select_from(DeadDelivery)
        .join(Activity, Activity.id == DeadDelivery.activity_id)
        .outerjoin(Post, Post.id == Activity.post_id)
        .where(DeadDelivery.peer_id == peer_id, DeadDelivery.reason == GIVEN_UP, may_have)
        .order_by(DeadDelivery.id.desc())
        .limit(MOST_RESENT)
    )


def _delivery(row: Any, peer_id: int, at: datetime) -> dict[str, object]:
    return {
        "peer_id": peer_id,
        "order_key": row.order_key,
        "activity_id": row.activity_id,
        "inbox_url": row.inbox_url,
        "created_at": at,
    }


async def _move_behind(tx: WriteTx, peer_id: int, last: int) -> None:
    """What waited gets numbers after what was just added: a like must not come before its post. Letters stay letters,
    which still go first.
    """
    columns: Sequence[Any] = (
        Delivery.peer_id,
        Delivery.order_key,
        Delivery.activity_id,
        Delivery.inbox_url,
        Delivery.is_formal,
        Delivery.created_at,
    )
    waiting = (Delivery.peer_id == peer_id, Delivery.id <= last)
    moved = select(*columns).where(*waiting).order_by(Delivery.id)
    await tx.execute(insert(Delivery).from_select([column.key for column in columns], moved))
    await tx.execute(delete(Delivery).where(*waiting))
