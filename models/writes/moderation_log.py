"""Writing the moderation log of a community of ours, in the transaction of the act itself."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select, update

from models.engine import WriteTx
from models.moderation import LoggedAct


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Whom and what an act concerns. The reason is what the person concerned is told, never what was taken out."""

    person_id: int | None = None
    post_id: int | None = None
    reason: str = ""
    ends_at: datetime | None = None
    detail: str = ""


async def note(
    tx: WriteTx, act: str, about: About, *, community_id: int, at: datetime, role: str, by_id: int | None
) -> None:
    """Add an entry."""
    row = {"act": act, "community_id": community_id, "at": at, "role": role, "by_id": by_id}
    await tx.execute(insert(LoggedAct), row | msgspec.structs.asdict(about))


async def forget_person(tx: WriteTx, person_id: int) -> None:
    """Somebody's identity is erased: that something was done stays, not to whom and why, nor by whom."""
    about = update(LoggedAct).where(LoggedAct.person_id == person_id)
    await tx.execute(about.values(person_id=None, reason=""))
    await tx.execute(update(LoggedAct).where(LoggedAct.by_id == person_id).values(by_id=None))


async def forget(tx: WriteTx, before: datetime, most: int) -> int:
    """Entries that are older than they are kept go; how many."""
    old = select(LoggedAct.id).where(LoggedAct.at < before).order_by(LoggedAct.id).limit(most)
    return int((await tx.execute(delete(LoggedAct).where(LoggedAct.id.in_(old)))).rowcount)
