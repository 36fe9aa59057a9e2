"""Reading checkpoints: our own, held against the trail, and what partners told us of theirs."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from sqlalchemy import func, select

from models.audit import AuditCheckpoint, AuditEntry, PartnerCheckpoint
from models.engine import ReadTx
from models.peers import Peer

_PAGE = 500


class CheckpointRow(msgspec.Struct, frozen=True):
    """One of ours, in the order of the columns."""

    number: int
    at: datetime
    entries: int
    head: str
    hash: str
    document: bytes


class HeldCheckpoint(msgspec.Struct, frozen=True):
    """One of a partner's, in the order of the columns."""

    id: int
    peer_id: int
    number: int
    entries: int
    head: str
    hash: str
    document: bytes
    received_at: datetime
    problem: str | None


class PartnerHead(msgspec.Struct, frozen=True):
    """How it stands with one partner's trail, in the order of the columns."""

    domain: str
    number: int
    entries: int
    hash: str
    received_at: datetime
    problem: str | None


_OURS = (
    AuditCheckpoint.number,
    AuditCheckpoint.at,
    AuditCheckpoint.entries,
    AuditCheckpoint.head,
    AuditCheckpoint.hash,
    AuditCheckpoint.document,
)
_THEIRS = (
    PartnerCheckpoint.id,
    PartnerCheckpoint.peer_id,
    PartnerCheckpoint.number,
    PartnerCheckpoint.entries,
    PartnerCheckpoint.head,
    PartnerCheckpoint.hash,
    PartnerCheckpoint.document,
    PartnerCheckpoint.received_at,
    PartnerCheckpoint.problem,
)


async def newest(tx: ReadTx, most: int) -> list[CheckpointRow]:
    """Our last few, oldest first."""
    rows = await tx.select(select(*_OURS).order_by(AuditCheckpoint.number.desc()).limit(most))
    return [CheckpointRow(*row) for row in rows][::-1]


async def newest_before(tx: ReadTx, at: datetime) -> CheckpointRow | None:
    """Our last one that was made before then."""
    statement = select(*_OURS).where(AuditCheckpoint.at < at).order_by(AuditCheckpoint.number.desc()).limit(1)
    row = (await tx.select(statement)).first()
    return CheckpointRow(*row) if row else None


async def with_hashes(tx: ReadTx) -> AsyncIterator[tuple[CheckpointRow, str | None]]:
    """All of ours in their order, each with the hash that the entry it ends with has now; None: it is gone."""
    last = 0
    while True:
        statement = (
            select(*_OURS, AuditEntry.hash)
            .outerjoin(AuditEntry, AuditEntry.id == AuditCheckpoint.entries)
            .where(AuditCheckpoint.number > last)
            .order_by(AuditCheckpoint.number)
            .limit(_PAGE)
        )
        page = [(CheckpointRow(*row[:-1]), row[-1]) for row in await tx.select(statement)]
        for found in page:
            yield found
        if len(page) < _PAGE:
            return
        last = page[-1][0].number


async def last_of(tx: ReadTx, peer_id: int) -> HeldCheckpoint | None:
    """The newest of a partner's that extends what it told us before."""
    statement = select(*_THEIRS).where(PartnerCheckpoint.peer_id == peer_id, PartnerCheckpoint.problem.is_(None))
    row = (await tx.select(statement.order_by(PartnerCheckpoint.id.desc()).limit(1))).first()
    return HeldCheckpoint(*row) if row else None


async def newest_of(tx: ReadTx, peer_id: int) -> HeldCheckpoint | None:
    """The last that a partner told us, whether or not it extends the one before."""
    statement = select(*_THEIRS).where(PartnerCheckpoint.peer_id == peer_id)
    row = (await tx.select(statement.order_by(PartnerCheckpoint.id.desc()).limit(1))).first()
    return HeldCheckpoint(*row) if row else None


async def heads(tx: ReadTx) -> list[PartnerHead]:
    """The last that each partner told us, by host; partners are named by administrators, so there are hundreds."""
    last = select(func.max(PartnerCheckpoint.id)).group_by(PartnerCheckpoint.peer_id)
    statement = (
        select(
            Peer.host,
            PartnerCheckpoint.number,
            PartnerCheckpoint.entries,
            PartnerCheckpoint.hash,
            PartnerCheckpoint.received_at,
            PartnerCheckpoint.problem,
        )
        .join(Peer, Peer.id == PartnerCheckpoint.peer_id)
        .where(PartnerCheckpoint.id.in_(last))
        .order_by(Peer.host)
    )
    return [PartnerHead(*row) for row in await tx.select(statement)]
