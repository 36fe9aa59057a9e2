"""Visible entries: an administrator reads in a community that is not open, for a time, and its members know."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Text
from sqlalchemy.sql.elements import SQLCoreOperations

from models.base import Base, Stored, column
from models.conditions import another, some


class VisibleEntry(Base):
    """One entry. It opens the gate for its one reader until it ends, by the clock or by hand (`models/gate.py`)."""

    __tablename__ = "visible_entries"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    """Of the proposal that an auditor approved."""
    community_id: Stored[int] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"))
    person_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    """The administrator who reads."""
    reason: Stored[str] = column(Text)
    begins_at: Stored[datetime]
    ends_at: Stored[datetime]
    ended_at: Stored[datetime | None]
    """When its end was announced, or somebody ended it before; null: it goes on, or its end will be announced."""

    __table_args__ = (Index("ix_visible_entries_community", "community_id", "ends_at"),)


def goes_on_in(
    community_id: SQLCoreOperations[Any], entry_id: ColumnElement[int], at: ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether this entry is into that community, and goes on at that instant."""
    entry = another(VisibleEntry, "goes_on_in")
    goes_on = (entry.ended_at.is_(None), entry.ends_at > at)
    return some(entry, entry.id == entry_id, entry.community_id == community_id, *goes_on)
