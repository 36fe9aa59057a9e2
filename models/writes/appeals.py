"""Writing appeals. Each says whether it changed anything."""

from datetime import datetime

from sqlalchemy import delete, insert, update

from models.engine import WriteTx
from models.moderation import Appeal


async def add(tx: WriteTx, *, appeal_id: int, act_id: int, person_id: int, text: str, at: datetime) -> None:
    """Somebody appeals; that nobody has against this act, the caller has looked up in the same transaction."""
    row = {"id": appeal_id, "act_id": act_id, "person_id": person_id, "text": text, "at": at}
    await tx.execute(insert(Appeal), row)


async def decide(tx: WriteTx, appeal_id: int, outcome: str, *, answer: str, by_id: int, at: datetime) -> bool:
    """Somebody has decided; False where somebody had before."""
    waiting = update(Appeal).where(Appeal.id == appeal_id, Appeal.outcome.is_(None))
    done = await tx.execute(waiting.values(outcome=outcome, answer=answer, decided_by_id=by_id, decided_at=at))
    return done.rowcount == 1


async def forget_person(tx: WriteTx, person_id: int) -> None:
    """Whoever is erased has appealed against nothing."""
    await tx.execute(delete(Appeal).where(Appeal.person_id == person_id))
