"""Writing what people ask about their own data, and what was answered."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, update

from models.engine import WriteTx
from models.requests import WAITING, DataRequest


async def add(
    tx: WriteTx, *, request_id: int, person_id: int, kind: str, scope: str, by_id: int, at: datetime, due_at: datetime
) -> None:
    """Somebody asks."""
    row = {"id": request_id, "person_id": person_id, "kind": kind, "scope": scope, "by_id": by_id}
    await tx.execute(insert(DataRequest), row | {"state": WAITING, "asked_at": at, "due_at": due_at})


async def answer(
    tx: WriteTx, request_id: int, state: str, *, by_id: int, at: datetime, values: Mapping[str, object]
) -> bool:
    """An auditor answers; False where somebody had before."""
    still = update(DataRequest).where(DataRequest.id == request_id, DataRequest.state == WAITING)
    done = await tx.execute(still.values(state=state, decided_by_id=by_id, decided_at=at, **values))
    return done.rowcount == 1
