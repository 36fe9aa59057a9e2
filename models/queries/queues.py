"""What waits, and what was given up: received activities that are not applied, deliveries that are not made.

For operators: addresses, types and reasons, never what somebody wrote.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import func, select, text

from models.engine import Columns, ReadTx
from models.inbox import PENDING, SET_ASIDE, InboxActivity
from models.outbox import Activity, DeadDelivery, Delivery
from models.peers import Peer


class Waiting(msgspec.Struct, frozen=True):
    """One queue: how many rows wait, and since when the oldest does."""

    rows: int
    oldest_at: datetime | None


async def inbox(tx: ReadTx) -> Waiting:
    """Received activities in no final state. Uses ix_inbox_activities_pending."""
    statement = select(func.count(), func.min(InboxActivity.received_at)).where(InboxActivity.state == PENDING)
    return Waiting(*(await tx.select(statement)).one())


async def deliveries(tx: ReadTx) -> Waiting:
    """Deliveries that are owed, those to suspended peers included: they are held, not dropped."""
    oldest = select(Delivery.created_at).order_by(Delivery.id).limit(1).scalar_subquery()
    statement = select(select(func.count()).select_from(Delivery).scalar_subquery(), oldest)
    return Waiting(*(await tx.select(statement)).one())


async def owes_word_of_follows(tx: ReadTx, peer_id: int) -> bool:
    """Something about who follows whom is still on its way to the peer."""
    statement = (
        select(Delivery.id)
        .join(Activity, Activity.id == Delivery.activity_id)
        .where(Delivery.peer_id == peer_id, Activity.type.in_(("Follow", "Undo", "Accept", "Reject")))
    )
    return await tx.scalar(statement.limit(1)) is not None


class OwedRow(msgspec.Struct, frozen=True):
    """One delivery that is owed, in the order of the columns."""

    domain: str
    activity: str
    type: str
    inbox: str
    since: datetime


class DeadRow(msgspec.Struct, frozen=True):
    """One delivery that was refused for good, in the order of the columns."""

    domain: str
    activity: str
    type: str
    inbox: str
    status: int | None
    reason: str
    at: datetime


class ReceivedRow(msgspec.Struct, frozen=True):
    """One received activity that is not applied, in the order of the columns."""

    domain: str
    activity: str
    type: str
    actor: str
    state: str
    attempts: int
    reason: str | None
    received_at: datetime
    can_be_replayed: bool
    """Its body is still kept."""


async def owed(tx: ReadTx, peer_id: int | None, most: int) -> list[OwedRow]:
    """The oldest deliveries that are owed, to one peer or to all. Uses ix_deliveries_peer or the primary key."""
    columns = (Peer.host, Activity.uri, Activity.type, Delivery.inbox_url, Delivery.created_at)
    statement = (
        select(*columns)
        .join_from(Delivery, Peer, Peer.id == Delivery.peer_id)
        .join(Activity, Activity.id == Delivery.activity_id)
        .order_by(Delivery.id)
        .limit(most)
    )
    if peer_id is not None:
        statement = statement.where(Delivery.peer_id == peer_id)
    return [OwedRow(*row) for row in await tx.select(statement)]


async def dead(tx: ReadTx, peer_id: int | None, most: int) -> list[DeadRow]:
    """The newest deliveries that were refused for good. Uses ix_dead_deliveries_peer_id or the primary key."""
    columns = (
        Peer.host,
        Activity.uri,
        Activity.type,
        DeadDelivery.inbox_url,
        DeadDelivery.status,
        DeadDelivery.reason,
        DeadDelivery.at,
    )
    statement = (
        select(*columns)
        .join_from(DeadDelivery, Peer, Peer.id == DeadDelivery.peer_id)
        .join(Activity, Activity.id == DeadDelivery.activity_id)
        .order_by(DeadDelivery.id.desc())
        .limit(most)
    )
    if peer_id is not None:
        statement = statement.where(DeadDelivery.peer_id == peer_id)
    return [DeadRow(*row) for row in await tx.select(statement)]


def _received() -> Columns:
    return select(
        Peer.host,
        InboxActivity.activity_uri,
        InboxActivity.type,
        InboxActivity.actor_uri,
        InboxActivity.state,
        InboxActivity.attempts,
        InboxActivity.reason,
        InboxActivity.received_at,
        InboxActivity.payload.is_not(None),
    ).join_from(InboxActivity, Peer, Peer.id == InboxActivity.peer_id)


async def troubled(tx: ReadTx, peer_id: int | None, most: int) -> list[ReceivedRow]:
    """The newest received activities that were set aside, after those that are tried again.

    Uses ix_inbox_activities_pending and ix_inbox_activities_set_aside.
    """
    waiting = _received().where(InboxActivity.state == PENDING, InboxActivity.attempts > 0).order_by(InboxActivity.id)
    aside = _received().where(text(f"inbox_activities.{SET_ASIDE}")).order_by(InboxActivity.id.desc())
    rows: list[ReceivedRow] = []
    for statement in (waiting, aside):
        of_peer = statement if peer_id is None else statement.where(InboxActivity.peer_id == peer_id)
        rows += [ReceivedRow(*row) for row in await tx.select(of_peer.limit(most - len(rows)))]
    return rows


class Kept(msgspec.Struct, frozen=True):
    """A received activity as it can be replayed, in the order of the columns."""

    id: int
    activity: str
    actor: str
    lane: int
    state: str
    reason: str | None
    has_body: bool
    peer_state: str


async def received(tx: ReadTx, activity_uri: str) -> list[Kept]:
    """The received activities with this id: one, or one of each actor that has used it (threats T049)."""
    statement = (
        select(
            InboxActivity.id,
            InboxActivity.activity_uri,
            InboxActivity.actor_uri,
            InboxActivity.lane,
            InboxActivity.state,
            InboxActivity.reason,
            InboxActivity.payload.is_not(None),
            Peer.state,
        )
        .join(Peer, Peer.id == InboxActivity.peer_id)
        .where(InboxActivity.activity_uri == activity_uri)
        .order_by(InboxActivity.id)
        .limit(_MOST_NAMESAKES)
    )
    return [Kept(*row) for row in await tx.select(statement)]


_MOST_NAMESAKES = 20


class Reason(msgspec.Struct, frozen=True):
    """How often something was refused for one reason."""

    reason: str
    count: int


async def dead_reasons(tx: ReadTx, peer_id: int, most: int) -> list[Reason]:
    """Why the peer, or we, gave deliveries to it up, the most frequent first. Uses ix_dead_deliveries_peer_id."""
    statement = select(DeadDelivery.reason).where(DeadDelivery.peer_id == peer_id).order_by(DeadDelivery.id.desc())
    return _counted(row[0] for row in await tx.select(statement.limit(most)))


async def refusal_reasons(tx: ReadTx, peer_id: int, most: int) -> list[Reason]:
    """Why the newest activities of the peer were not applied: the code before the colon.

    Uses ix_inbox_activities_set_aside; at most `most` are looked at.
    """
    statement = (
        select(InboxActivity.reason)
        .where(text(f"inbox_activities.{SET_ASIDE}"), InboxActivity.peer_id == peer_id)
        .order_by(InboxActivity.id.desc())
        .limit(most)
    )
    return _counted((row[0] or "").partition(":")[0] for row in await tx.select(statement))


def _counted(reasons: Iterable[str]) -> list[Reason]:
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    return [Reason(reason, count) for reason, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
