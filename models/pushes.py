"""Web Push: where apps want to hear of notifications, and what is owed to them.

A notification whose recipient has a subscription says so in its own row, from the transaction that made it on; then it
becomes a message for each subscription, which is deleted when it was sent or is not to be sent any more. Whether its
reader may have it is decided when it is sent.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint

from models.base import Base, Sealed, Stored, Uri, column

ALL, FOLLOWED, FOLLOWER, NOBODY = "all", "followed", "follower", "none"
POLICIES = (ALL, FOLLOWED, FOLLOWER, NOBODY)
"""Whose doing is told: anybody's, of those whom one follows, of those who follow one, nobody's."""


class PushSubscription(Base):
    """Where the app of one token wants to be told; it ends with the token."""

    __tablename__ = "push_subscriptions"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    token_id: Stored[int] = column(ForeignKey("oauth_tokens.id", ondelete="CASCADE"), unique=True)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    endpoint: Stored[str] = column(Uri)
    public_key: Stored[bytes] = column(LargeBinary)
    """Of the app: an uncompressed P-256 point."""
    auth_secret: Stored[bytes] = column(LargeBinary)
    is_standard: Stored[bool]
    """RFC 8291; else the draft before it, which relays of some apps still need."""
    alerts: Stored[list[str]]
    """Types of notifications that are told."""
    policy: Stored[str] = column(String(20))
    sealed_token: Stored[bytes] = column(Sealed)
    """The app tells its accounts apart by it."""
    failures: Stored[int] = column(default=0)
    """In a row; 0 after a success."""
    retry_at: Stored[datetime | None]
    """Nothing is sent before."""
    created_at: Stored[datetime]


class PushMessage(Base):
    """One notification that is owed to one subscription."""

    __tablename__ = "push_messages"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    subscription_id: Stored[int] = column(ForeignKey("push_subscriptions.id", ondelete="CASCADE"))
    notification_id: Stored[int] = column(ForeignKey("notifications.id", ondelete="CASCADE"), index=True)
    created_at: Stored[datetime]
    leased_until: Stored[datetime | None]
    """A worker is at it until then."""

    __table_args__ = (
        UniqueConstraint("subscription_id", "notification_id"),
        Index("ix_push_messages_created_at", "created_at"),
    )
