"""Keeping what an erasure did."""

from datetime import datetime

from sqlalchemy import insert, update

from models.engine import WriteTx
from models.erasures import Erasure


async def begin(tx: WriteTx, erasure_id: int, *, person_id: int, facts: str, at: datetime) -> None:
    """An erasure begins."""
    row = {"id": erasure_id, "person_id": person_id, "facts": facts, "begun_at": at, "finished_at": None}
    await tx.execute(insert(Erasure), [row])


async def restate(tx: WriteTx, erasure_id: int, facts: str) -> None:
    """One that was interrupted goes on as another kind: with what was written, too."""
    await tx.execute(update(Erasure).where(Erasure.id == erasure_id).values(facts=facts))


async def finish(tx: WriteTx, erasure_id: int, at: datetime) -> None:
    """It is done here; partners may still have to answer."""
    await tx.execute(update(Erasure).where(Erasure.id == erasure_id).values(finished_at=at))
