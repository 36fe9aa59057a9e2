"""How local people like to post and read: preferences and markers."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from models.accounts import Account, Marker
from models.engine import ReadTx


class Preferences(msgspec.Struct, frozen=True):
    """One person's."""

    role: str
    default_visibility: str
    default_sensitive: bool
    default_language: str | None
    language: str | None
    is_suspended: bool


async def of_person(tx: ReadTx, actor_id: int) -> Preferences | None:
    """The preferences of a local account."""
    columns = (
        Account.role,
        Account.default_visibility,
        Account.default_sensitive,
        Account.default_language,
        Account.language,
        Account.suspended_at.is_not(None),
    )
    row = (await tx.select(select(*columns).where(Account.actor_id == actor_id))).first()
    return Preferences(*row) if row else None


class MarkerRow(msgspec.Struct, frozen=True):
    """How far somebody has read a timeline."""

    timeline: str
    last_read_id: int
    version: int
    updated_at: datetime


async def markers(tx: ReadTx, actor_id: int, timelines: Sequence[str]) -> list[MarkerRow]:
    """The markers that were set, of these timelines."""
    columns = (Marker.timeline, Marker.last_read_id, Marker.version, Marker.updated_at)
    rows = await tx.select(select(*columns).where(Marker.actor_id == actor_id, Marker.timeline.in_(timelines)))
    return [MarkerRow(*row) for row in rows]


async def read_up_to(tx: ReadTx, actor_id: int, timeline: str) -> int:
    """The newest that somebody has read of a timeline; 0 where they have said nothing of that."""
    found = await markers(tx, actor_id, [timeline])
    return found[0].last_read_id if found else 0
