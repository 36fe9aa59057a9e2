"""Writing acts that need a second person. Each says whether it changed anything."""

from datetime import datetime

from sqlalchemy import insert, update

from models.engine import WriteTx
from models.proposals import APPROVED, USED, Proposal


async def add(
    tx: WriteTx,
    *,
    proposal_id: int,
    kind: str,
    subject_id: int | None,
    wanted: str,
    reason: str,
    by_id: int,
    at: datetime,
) -> None:
    """Somebody asks for something."""
    row = {"id": proposal_id, "kind": kind, "subject_id": subject_id, "wanted": wanted, "reason": reason}
    await tx.execute(insert(Proposal), row | {"by_id": by_id, "at": at})


async def decide(tx: WriteTx, proposal_id: int, outcome: str, *, by_id: int, at: datetime) -> bool:
    """Somebody says yes or no; False where somebody had before."""
    waiting = update(Proposal).where(Proposal.id == proposal_id, Proposal.outcome.is_(None))
    done = await tx.execute(waiting.values(outcome=outcome, decided_by_id=by_id, decided_at=at))
    return done.rowcount == 1


async def use(tx: WriteTx, proposal_id: int) -> bool:
    """What was approved is done now; False where it was before, so that an approval cannot be replayed (T243)."""
    approved = update(Proposal).where(Proposal.id == proposal_id, Proposal.outcome == APPROVED)
    return (await tx.execute(approved.values(outcome=USED))).rowcount == 1
