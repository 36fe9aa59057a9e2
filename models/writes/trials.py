"""Writing trials. Each says whether it changed anything: two workers keep the same clock."""

from datetime import datetime

from sqlalchemy import delete, insert, update

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.trials import Trial, TrialDelegate


async def begin(tx: WriteTx, community_id: int, ends_at: datetime) -> None:
    """A community that was just founded is a trial until then."""
    await tx.execute(insert(Trial), {"community_id": community_id, "ends_at": ends_at})


async def ask(tx: WriteTx, community_id: int, by_id: int, *, at: datetime, due_at: datetime) -> bool:
    """A host asks that it become official; False where somebody has."""
    statement = update(Trial).where(Trial.community_id == community_id, Trial.asked_at.is_(None))
    values = {"asked_at": at, "asked_by_id": by_id, "due_at": due_at, "refusal": ""}
    return (await tx.execute(statement.values(values))).rowcount == 1


async def refuse(tx: WriteTx, community_id: int, why: str) -> bool:
    """It stays a trial; False where nobody asks any more."""
    statement = update(Trial).where(Trial.community_id == community_id, Trial.asked_at.is_not(None))
    values = {"asked_at": None, "asked_by_id": None, "due_at": None, "refusal": why}
    return (await tx.execute(statement.values(values))).rowcount == 1


async def make_official(tx: WriteTx, community_id: int) -> bool:
    """It is a trial no more; False where nobody asks any more."""
    statement = delete(Trial).where(Trial.community_id == community_id, Trial.asked_at.is_not(None))
    return (await tx.execute(statement)).rowcount == 1


async def note_warning(tx: WriteTx, community_id: int, at: datetime) -> bool:
    """Its hosts are told that it is about to end; False where they were."""
    statement = update(Trial).where(Trial.community_id == community_id, Trial.warned_at.is_(None))
    return (await tx.execute(statement.values(warned_at=at))).rowcount == 1


async def note_end(tx: WriteTx, community_id: int, at: datetime) -> bool:
    """Its hosts are told that it has ended; False where they were."""
    statement = update(Trial).where(Trial.community_id == community_id, Trial.closed_at.is_(None))
    return (await tx.execute(statement.values(closed_at=at))).rowcount == 1


async def name_delegate(tx: WriteTx, actor_id: int, at: datetime) -> bool:
    """Somebody may answer trials from now on; False where they may already."""
    row = {"actor_id": actor_id, "since": at}
    return (await tx.execute(insert_or_ignore(tx, TrialDelegate), row)).rowcount == 1


async def end_delegate(tx: WriteTx, actor_id: int) -> bool:
    """They may no more; False where they were not named."""
    return (await tx.execute(delete(TrialDelegate).where(TrialDelegate.actor_id == actor_id))).rowcount == 1
