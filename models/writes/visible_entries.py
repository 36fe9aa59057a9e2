"""Writing visible entries. Each says whether it changed anything."""

from datetime import datetime

from sqlalchemy import insert, update

from models.engine import WriteTx
from models.visible_entries import VisibleEntry


async def begin(
    tx: WriteTx, *, entry_id: int, community_id: int, person_id: int, reason: str, at: datetime, ends_at: datetime
) -> None:
    """Somebody may read in a community, from now until then."""
    row = {"id": entry_id, "community_id": community_id, "person_id": person_id, "reason": reason}
    await tx.execute(insert(VisibleEntry), row | {"begins_at": at, "ends_at": ends_at})


async def end(tx: WriteTx, entry_id: int, at: datetime) -> bool:
    """It is over; False where it was."""
    going_on = update(VisibleEntry).where(VisibleEntry.id == entry_id, VisibleEntry.ended_at.is_(None))
    return (await tx.execute(going_on.values(ended_at=at))).rowcount == 1
