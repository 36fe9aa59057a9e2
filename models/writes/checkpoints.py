"""Keeping checkpoints: our own, and those that partners told us."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import insert, update

from models.audit import AuditCheckpoint, PartnerCheckpoint
from models.engine import WriteTx
from models.queries.checkpoints import CheckpointRow, HeldCheckpoint


async def add(tx: WriteTx, row: CheckpointRow) -> None:
    """Keep one of ours."""
    await tx.execute(insert(AuditCheckpoint), [msgspec.structs.asdict(row)])


async def add_theirs(tx: WriteTx, rows: Sequence[HeldCheckpoint]) -> None:
    """Keep what a partner told us, whether or not it extends what it told us before."""
    await tx.execute(insert(PartnerCheckpoint), [msgspec.structs.asdict(row) for row in rows])


async def accept(tx: WriteTx, checkpoint_id: int) -> None:
    """An administrator goes on from this one, although it did not extend the one before."""
    await tx.execute(update(PartnerCheckpoint).where(PartnerCheckpoint.id == checkpoint_id).values(problem=None))
