"""Reading peers: which servers we exchange with, and how it goes with each."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, false, func, or_, select

from models.engine import Columns, ReadTx
from models.outbox import Delivery, DeliveryQueue
from models.peers import ENDED, Peer


class PeerRow(msgspec.Struct, frozen=True):
    """One peer, in the order of the columns."""

    id: int
    host: str
    kind: str
    state: str
    software: str | None
    signature_scheme: str | None
    signature_algorithm: str | None
    created_at: datetime
    seen_at: datetime | None


_COLUMNS = (
    Peer.id,
    Peer.host,
    Peer.kind,
    Peer.state,
    Peer.software,
    Peer.signature_scheme,
    Peer.signature_algorithm,
    Peer.created_at,
    Peer.seen_at,
)


async def by_host(tx: ReadTx, host: str) -> PeerRow | None:
    """The peer with this canonical host, in whatever state."""
    row = (await tx.select(select(*_COLUMNS).where(Peer.host == host))).first()
    return PeerRow(*row) if row else None


async def by_id(tx: ReadTx, peer_id: int) -> PeerRow | None:
    """The peer of this number."""
    row = (await tx.select(select(*_COLUMNS).where(Peer.id == peer_id))).first()
    return PeerRow(*row) if row else None


async def of_hosts(tx: ReadTx, hosts: Sequence[str]) -> dict[str, PeerRow]:
    """Those of the hosts that are peers, in whatever state."""
    rows = await tx.select(select(*_COLUMNS).where(Peer.host.in_(hosts)))
    return {row.host: row for row in (PeerRow(*row) for row in rows)}


async def everyone(tx: ReadTx) -> list[PeerRow]:
    """Every peer: an administrator named each of them, so there are hundreds, not millions."""
    return [PeerRow(*row) for row in await tx.select(select(*_COLUMNS).where(_is_ours()).order_by(Peer.host))]


def _is_ours() -> ColumnElement[bool]:
    """Somebody here had to do with it: not a host that is known from hearsay alone."""
    return or_(Peer.is_named, Peer.state != ENDED)


class PeerHealth(msgspec.Struct, frozen=True):
    """How deliveries to one peer go, in the order of the columns."""

    host: str
    state: str
    kind: str
    software: str | None
    seen_at: datetime | None
    backlog: int
    """Deliveries that are owed."""
    oldest_at: datetime | None
    """Since when the oldest of them is owed."""
    last_delivery: datetime | None
    failures: int
    """In a row; 0 while it goes well."""
    failing_since: datetime | None
    next_attempt_at: datetime | None
    last_error: str | None
    has_gap: bool
    """Something that it was owed was given up, and it has not come back yet."""
    suspended_at: datetime | None
    """Since when nothing passes."""
    clock_ahead: int | None
    """Seconds by which its clock was ahead of ours when it last answered a delivery; below zero: behind."""


def _health() -> Columns:
    owed = select(func.count()).select_from(Delivery).where(Delivery.peer_id == Peer.id).scalar_subquery()
    # The lowest id is the oldest: both come from ix_deliveries_peer.
    oldest = (
        select(Delivery.created_at).where(Delivery.peer_id == Peer.id).order_by(Delivery.id).limit(1).scalar_subquery()
    )
    return select(
        Peer.host,
        Peer.state,
        Peer.kind,
        Peer.software,
        Peer.seen_at,
        owed,
        oldest,
        DeliveryQueue.last_success_at,
        func.coalesce(DeliveryQueue.attempt, 0),
        DeliveryQueue.failing_since,
        DeliveryQueue.next_attempt_at,
        DeliveryQueue.last_error,
        func.coalesce(DeliveryQueue.has_gap, false()),
        Peer.suspended_at,
        DeliveryQueue.clock_ahead,
    ).outerjoin(DeliveryQueue, DeliveryQueue.peer_id == Peer.id)


async def health(tx: ReadTx) -> list[PeerHealth]:
    """How it goes with every peer, by host."""
    return [PeerHealth(*row) for row in await tx.select(_health().where(_is_ours()).order_by(Peer.host))]


async def health_of(tx: ReadTx, host: str) -> PeerHealth | None:
    """How it goes with one peer."""
    row = (await tx.select(_health().where(Peer.host == host))).first()
    return PeerHealth(*row) if row else None


async def software_at(tx: ReadTx, hosts: Sequence[str]) -> dict[str, str | None]:
    """What these peers run, as far as they have said; hosts that are no peers are not in it."""
    rows = await tx.select(select(Peer.host, Peer.software).where(Peer.host.in_(hosts)))
    return {row[0]: row[1] for row in rows}
