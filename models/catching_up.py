"""Partners' communities whose outboxes are read again after an absence, theirs or ours (federation/catching_up.py)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary

from models.base import Base, Stored, Uri, column


class CatchUp(Base):
    """One community that is being read, newest first; the row is where a killed server goes on."""

    __tablename__ = "catch_ups"

    community_id: Stored[int] = column(
        ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since: Stored[datetime | None]
    """Nothing older is missing; null: as far as the bounds allow."""
    due_at: Stored[datetime] = column(index=True)
    """When to read on."""
    page_url: Stored[str | None] = column(Uri)
    """The page to read next; null: begin at the newest."""
    pages: Stored[int] = column(Integer, default=0)
    """Read so far."""
    failures: Stored[int] = column(Integer, default=0)
    """In a row."""


class CaughtUp(Base):
    """One activity of such an outbox, kept until all are there and can be applied oldest first."""

    __tablename__ = "caught_up"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    community_id: Stored[int] = column(ForeignKey("catch_ups.community_id", ondelete="CASCADE"), index=True)
    activity_uri: Stored[str] = column(Uri)
    payload: Stored[bytes] = column(LargeBinary)
