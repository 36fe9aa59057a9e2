"""Legal cases: whose words, in which communities, of which time are held until the case is closed (product J13).

What people and communities are named together narrows a case: what these people wrote in those communities.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text

from models.base import Base, Stored, column

PROPOSED, OPEN, DECLINED, CLOSED = "proposed", "open", "declined", "closed"
"""States of a case; only an open one holds anything."""


class Case(Base):
    """One case."""

    __tablename__ = "cases"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    title: Stored[str] = column(String(200))
    reason: Stored[str] = column(Text)
    names_people: Stored[bool]
    names_communities: Stored[bool]
    begins_at: Stored[datetime | None]
    """What was written before is not held."""
    ends_at: Stored[datetime | None]
    """What was written from then on is not held."""
    state: Stored[str] = column(String(20), default=PROPOSED)
    proposed_at: Stored[datetime]
    opened_at: Stored[datetime | None]
    closed_at: Stored[datetime | None]

    __table_args__ = (Index("ix_cases_state", "state"),)


class CasePerson(Base):
    """Somebody, here or at a partner, whose words a case is about."""

    __tablename__ = "case_people"

    case_id: Stored[int] = column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    person_id: Stored[int] = column(ForeignKey("actors.id"), primary_key=True, autoincrement=False, index=True)


class CaseCommunity(Base):
    """A community that a case is about."""

    __tablename__ = "case_communities"

    case_id: Stored[int] = column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    community_id: Stored[int] = column(ForeignKey("actors.id"), primary_key=True, autoincrement=False, index=True)


class CaseExport(Base):
    """What was taken out of a case: its manifest, which names everything with its hash."""

    __tablename__ = "case_exports"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    case_id: Stored[int] = column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    at: Stored[datetime]
    items: Stored[int]
    hash: Stored[str] = column(String(64))
    """SHA-256 of the manifest, in hexadecimal."""
    manifest: Stored[bytes] = column(LargeBinary)
