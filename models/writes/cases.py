"""Writing legal cases. Each says whether it changed anything."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import insert, update

from models.cases import CLOSED, DECLINED, OPEN, PROPOSED, Case, CaseCommunity, CaseExport, CasePerson
from models.engine import WriteTx


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case to open."""

    id: int
    title: str
    reason: str
    people: Sequence[int]
    communities: Sequence[int]
    begins_at: datetime | None
    ends_at: datetime | None


async def add(tx: WriteTx, new: NewCase, at: datetime) -> None:
    """Keep a case that somebody proposes; it holds nothing before it is opened."""
    row = {
        "id": new.id,
        "title": new.title,
        "reason": new.reason,
        "names_people": bool(new.people),
        "names_communities": bool(new.communities),
        "begins_at": new.begins_at,
        "ends_at": new.ends_at,
        "state": PROPOSED,
        "proposed_at": at,
    }
    await tx.execute(insert(Case), row)
    if new.people:
        await tx.execute(insert(CasePerson), [{"case_id": new.id, "person_id": one} for one in new.people])
    if new.communities:
        await tx.execute(insert(CaseCommunity), [{"case_id": new.id, "community_id": one} for one in new.communities])


async def open_(tx: WriteTx, case_id: int, at: datetime) -> bool:
    """From now on it holds what it is about; False where it was not just proposed."""
    proposed = update(Case).where(Case.id == case_id, Case.state == PROPOSED)
    return (await tx.execute(proposed.values(state=OPEN, opened_at=at))).rowcount == 1


async def decline(tx: WriteTx, case_id: int, at: datetime) -> bool:
    """It is not opened; False where it was not just proposed."""
    proposed = update(Case).where(Case.id == case_id, Case.state == PROPOSED)
    return (await tx.execute(proposed.values(state=DECLINED, closed_at=at))).rowcount == 1


async def close(tx: WriteTx, case_id: int, at: datetime) -> bool:
    """It holds nothing any more; False where it was not open."""
    still = update(Case).where(Case.id == case_id, Case.state == OPEN)
    return (await tx.execute(still.values(state=CLOSED, closed_at=at))).rowcount == 1


async def note_export(
    tx: WriteTx, *, export_id: int, case_id: int, at: datetime, items: int, hash_: str, manifest: bytes
) -> None:
    """Remember what was taken out, by its manifest."""
    row = {"id": export_id, "case_id": case_id, "at": at, "items": items, "hash": hash_, "manifest": manifest}
    await tx.execute(insert(CaseExport), row)
