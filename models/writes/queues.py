"""What an operator does about queues: trying again, dropping, applying once more. The caller writes the audit entry."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, or_, select, update

from models.engine import ReadTx, WriteTx
from models.gate import PeerServer, passed_on_to, visible_to
from models.inbox import PENDING, InboxActivity, InboxLane
from models.outbox import Activity, DeadDelivery, Delivery, DeliveryQueue
from models.posts import Post


async def end_wait(tx: WriteTx, peer_id: int) -> None:
    """The peer is tried at once, with no refusals or failures counted against it."""
    await tx.execute(
        update(DeliveryQueue)
        .where(DeliveryQueue.peer_id == peer_id)
        .values(next_attempt_at=None, refusals=0, attempt=0, failing_since=None)
    )


async def requeue(tx: WriteTx, peer_id: int, *, at: datetime, most: int) -> tuple[int, int]:
    """Owe the oldest dead letters of a peer again, as far as it may still have them; (owed again, left as they are).

    What shows a post that is gone, or that the peer may no longer see, stays where it is (threats R7).
    """
    letters = (
        select(DeadDelivery.id)
        .join(Activity, Activity.id == DeadDelivery.activity_id)
        .where(DeadDelivery.peer_id == peer_id, _may_have(peer_id))
        .order_by(DeadDelivery.id)
        .limit(most)
    )
    ids = [row[0] for row in await tx.select(letters)]
    again = (
        select(
            DeadDelivery.peer_id,
            func.coalesce(Activity.community_id, Activity.actor_id),
            DeadDelivery.activity_id,
            DeadDelivery.inbox_url,
            # A delivery is given up by its age: this one begins anew.
            literal(at, Delivery.created_at.type),
        )
        .join(Activity, Activity.id == DeadDelivery.activity_id)
        .where(DeadDelivery.id.in_(ids))
        .order_by(DeadDelivery.id)
    )
    columns = ["peer_id", "order_key", "activity_id", "inbox_url", "created_at"]
    if ids:
        await tx.execute(insert(Delivery).from_select(columns, again))
        await tx.execute(delete(DeadDelivery).where(DeadDelivery.id.in_(ids)))
    return len(ids), await _dead_count(tx, peer_id)


def _may_have(peer_id: int) -> ColumnElement[bool]:
    viewer = PeerServer(peer_id)
    shown = exists().where(
        Post.id == Activity.post_id, or_(visible_to(viewer), and_(Post.deleted_at.is_(None), passed_on_to(viewer)))
    )
    return or_(Activity.has_content.is_(False), shown)


async def _dead_count(tx: ReadTx, peer_id: int) -> int:
    statement = select(func.count()).select_from(DeadDelivery).where(DeadDelivery.peer_id == peer_id)
    return int(await tx.scalar(statement) or 0)


async def drop_owed(tx: WriteTx, peer_id: int, activity_uri: str | None, most: int) -> int:
    """Owe a peer its oldest deliveries no longer, or the one activity; how many there were."""
    chosen = select(Delivery.id).where(Delivery.peer_id == peer_id)
    if activity_uri is not None:
        chosen = chosen.join(Activity, Activity.id == Delivery.activity_id).where(Activity.uri == activity_uri)
    return (
        await tx.execute(delete(Delivery).where(Delivery.id.in_(chosen.order_by(Delivery.id).limit(most))))
    ).rowcount


async def drop_dead(tx: WriteTx, peer_id: int, activity_uri: str | None, most: int) -> int:
    """Forget a peer's oldest dead letters, or those of the one activity; how many there were."""
    chosen = select(DeadDelivery.id).where(DeadDelivery.peer_id == peer_id)
    if activity_uri is not None:
        chosen = chosen.join(Activity, Activity.id == DeadDelivery.activity_id).where(Activity.uri == activity_uri)
    old = chosen.order_by(DeadDelivery.id).limit(most)
    return (await tx.execute(delete(DeadDelivery).where(DeadDelivery.id.in_(old)))).rowcount


async def replay(tx: WriteTx, row_id: int, lane: int, at: datetime) -> bool:
    """Let a received activity be applied once more, before what came after it; False: it is not kept any more."""
    changed = await tx.execute(
        update(InboxActivity)
        .where(InboxActivity.id == row_id, InboxActivity.state != PENDING, InboxActivity.payload.is_not(None))
        .values(state=PENDING, attempts=0, next_attempt_at=at, reason=None)
    )
    # The lane may be waiting for another of its activities: that one is tried again a little sooner.
    await tx.execute(update(InboxLane).where(InboxLane.lane == lane).values(next_attempt_at=None))
    return changed.rowcount == 1
