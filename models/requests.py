"""What people ask about their own data: to have it, or to have it erased, within thirty days (product J12)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text

from models.base import Base, Stored, column

ACCESS, ERASURE = "access", "erasure"
WAITING, READY, DONE, REFUSED = "waiting", "ready", "done", "refused"
"""`ready`: an archive lies there for the person."""

IDENTITY, CONTENT = "identity", "content"
"""How far an erasure goes: who somebody was, or also what they wrote."""


class DataRequest(Base):
    """One request."""

    __tablename__ = "data_requests"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    person_id: Stored[int] = column(ForeignKey("actors.id"), index=True)
    kind: Stored[str] = column(String(20))
    scope: Stored[str] = column(String(20), default="")
    """Of an erasure."""
    state: Stored[str] = column(String(20), default=WAITING)
    by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    """Who opened it: the person, or an auditor for them."""
    asked_at: Stored[datetime]
    due_at: Stored[datetime]
    decided_at: Stored[datetime | None]
    decided_by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    expires_at: Stored[datetime | None]
    """Until when the archive can be fetched."""
    note: Stored[str] = column(Text, default="")
    """Why it was refused."""
    held: Stored[int] = column(default=0)
    """How many posts a case kept back, for auditors alone."""

    __table_args__ = (Index("ix_data_requests_state", "state", "due_at"),)
