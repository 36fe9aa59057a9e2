"""Received activities, kept as they came, and the lanes in which they are applied in order (architecture section 7)."""

import hashlib
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text

from models.base import Base, Stored, Uri, column

LANES = 256

PENDING, PROCESSED, REJECTED, FAILED = "pending", "processed", "rejected", "failed"

SET_ASIDE = "state IN ('rejected', 'failed')"
"""What was not applied and is kept for the operator. In SQL, since SQLite uses a partial index for literals alone."""


def lane_of(actor_uri: str) -> int:
    """The lane in which an actor's activities are applied, in order of arrival."""
    return hashlib.sha256(actor_uri.encode()).digest()[0] % LANES


class InboxActivity(Base):
    """One verified activity. `activity_uri` was proven to belong to the signer before it was stored (threats T049)."""

    __tablename__ = "inbox_activities"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    activity_uri: Stored[str] = column(Uri)
    lane: Stored[int] = column(Integer)
    peer_id: Stored[int] = column(ForeignKey("peers.id"))
    actor_uri: Stored[str] = column(Uri)
    type: Stored[str] = column(String(40))
    payload: Stored[bytes | None] = column(LargeBinary)
    """As received; null a week after it was processed."""
    key_uri: Stored[str] = column(Uri)
    received_at: Stored[datetime]
    state: Stored[str] = column(String(12), default=PENDING)
    attempts: Stored[int] = column(Integer, default=0)
    next_attempt_at: Stored[datetime]
    reason: Stored[str | None] = column(Text)
    waits_for: Stored[str | None] = column(Uri)
    """The post that it speaks of, where that was not here: it had no effect, and is applied again once the post is."""

    __table_args__ = (
        # With the actor, so that nobody can take the place of an id that is another actor's to use (threats T049).
        UniqueConstraint("activity_uri", "actor_uri"),
        Index(
            "ix_inbox_activities_pending",
            "lane",
            "id",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        Index("ix_inbox_activities_received", "received_at"),
        Index(
            "ix_inbox_activities_early",
            "waits_for",
            postgresql_where=text("waits_for IS NOT NULL"),
            sqlite_where=text("waits_for IS NOT NULL"),
        ),
        Index(
            "ix_inbox_activities_set_aside",
            "peer_id",
            "id",
            postgresql_where=text(SET_ASIDE),
            sqlite_where=text(SET_ASIDE),
        ),
    )


class InboxLane(Base):
    """One of 256 fixed rows; whoever leases it applies its activities one after the other."""

    __tablename__ = "inbox_lanes"

    lane: Stored[int] = column(primary_key=True, autoincrement=False)
    leased_until: Stored[datetime | None]
    lease_owner: Stored[str | None] = column(String(64))
    next_attempt_at: Stored[datetime | None]
    """Set while the first activity of the lane has to be tried again later."""
