"""Acts that need a second person: what the first one asks for, and what the second one has decided (product 9)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text

from models.base import Base, Stored, column

RETENTION, OPEN_CASE, CLOSE_CASE, EXPORT_CASE, ENTRY, UNSEAL = (
    "retention",
    "case-open",
    "case-close",
    "case-export",
    "entry",
    "unseal",
)
"""What can be asked for."""

APPROVED, DECLINED, USED = "approved", "declined", "used"
"""`used`: what was approved has been done, once."""


class Proposal(Base):
    """One such act."""

    __tablename__ = "proposals"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    kind: Stored[str] = column(String(20))
    subject_id: Stored[int | None]
    """The case or the community that it is about."""
    wanted: Stored[str] = column(Text)
    """JSON, as the kind has it."""
    reason: Stored[str] = column(Text, default="")
    by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    at: Stored[datetime]
    decided_by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    decided_at: Stored[datetime | None]
    outcome: Stored[str | None] = column(String(20))
    """Null: it waits."""

    __table_args__ = (Index("ix_proposals_kind", "kind", "subject_id", "id"),)
