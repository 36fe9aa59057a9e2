"""Posts that replies here answer and that never arrived, and whole threads to look through (federation/backfilling.py).

The rows are the work left to do: what was read stands in them, so that a killed server goes on where it was.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, UniqueConstraint

from models.base import Base, Stored, Uri, column

MOST_LEVELS = 30
"""How far a thread is followed upwards from a reply that is here; what is only listed stands that far up."""


class MissingPost(Base):
    """One post of a partner's community to ask its origin for, or asked for and waiting for the one that it answers."""

    __tablename__ = "missing_posts"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    community_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    uri: Stored[str] = column(Uri)
    level: Stored[int] = column(Integer, default=1)
    """How far above a post that is here: 1 is the parent of one."""
    parent_uri: Stored[str | None] = column(Uri)
    """What it answers, once it was read."""
    payload: Stored[bytes | None] = column(LargeBinary)
    """What its origin served; null: still to be read."""
    due_at: Stored[datetime] = column(index=True)
    """When to ask for it; of one that was read, when it waits no longer."""
    failures: Stored[int] = column(Integer, default=0)

    __table_args__ = (
        UniqueConstraint("community_id", "uri"),
        Index("ix_missing_posts_parent", "community_id", "parent_uri"),
    )


class ThreadList(Base):
    """One collection of the ids of a thread, on its community's own origin or its opening post's."""

    __tablename__ = "thread_lists"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    community_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    address: Stored[str] = column(Uri)
    due_at: Stored[datetime] = column(index=True)
    """When it may be read, or read again."""
    is_wanted: Stored[bool] = column(default=True)
    """False: it was read to its end, and the row only keeps it from being read again too soon."""
    position: Stored[int] = column(Integer, default=0)
    """How many of its entries were looked at."""

    __table_args__ = (UniqueConstraint("community_id", "address"),)
