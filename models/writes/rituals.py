"""Writing rituals."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import and_, delete, insert, or_, update

from models.engine import WriteTx
from models.rituals import Ritual, RitualRow


async def add(tx: WriteTx, ritual: Ritual) -> None:
    """Keep a new one."""
    await tx.execute(insert(RitualRow), msgspec.structs.asdict(ritual))


async def call_off(tx: WriteTx, ritual_id: int, days: Sequence[str]) -> None:
    """Replace the days on which it does not take place."""
    await tx.execute(update(RitualRow).where(RitualRow.id == ritual_id).values(off=list(days)))


async def end(tx: WriteTx, ritual_id: int, at: datetime) -> bool:
    """From this moment on there is none; False where it had ended already."""
    open_one = (RitualRow.id == ritual_id, RitualRow.ended_at.is_(None))
    return (await tx.execute(update(RitualRow).where(*open_one).values(ended_at=at))).rowcount == 1


async def forget(tx: WriteTx, before: datetime) -> None:
    """Those that took place for the last time before this moment."""
    once = and_(RitualRow.every_weeks == 0, RitualRow.begins_at < before)
    await tx.execute(delete(RitualRow).where(or_(once, RitualRow.ended_at < before)))
