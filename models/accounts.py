"""Accounts: what a local person needs to sign in, and their preferences. The public side of a person is their actor."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text

from models.base import Base, Stored, column
from models.digests import WEEKLY

MEMBER, ADMIN, AUDITOR, OBSERVER, GUEST = "member", "admin", "auditor", "observer", "guest"
ROLES = (MEMBER, ADMIN, AUDITOR, OBSERVER, GUEST)
OFFICES = (MEMBER, ADMIN, AUDITOR, OBSERVER)
"""What people of the firm are; nobody becomes a guest, and no guest becomes anything else."""


class Account(Base):
    """One local person. `actor_id` is the id of the client API."""

    __tablename__ = "accounts"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    email: Stored[str] = column(String(320), unique=True)
    """Folded to lower case."""
    password_hash: Stored[str | None] = column(Text)
    role: Stored[str] = column(String(20), default=MEMBER)
    pending_role: Stored[str | None] = column(String(20))
    """What the company's directory says, and a second person has not confirmed (threats T240)."""
    language: Stored[str | None] = column(String(10))
    """`fr` or `en`; null: the server's default."""
    default_visibility: Stored[str] = column(String(20), default="private")
    default_sensitive: Stored[bool] = column(default=False)
    default_language: Stored[str | None] = column(String(20))
    created_at: Stored[datetime]
    suspended_at: Stored[datetime | None]
    ends_at: Stored[datetime | None]
    """Of a guest: when the account is closed, unless a host renews it before. Null: of everybody else."""
    digest_pace: Stored[str] = column(String(10), default=WEEKLY, server_default=WEEKLY)
    digest_due_at: Stored[datetime | None]
    """When the next digest is written; null: never, or it is still to be said when (`server/notify/digests.py`)."""
    digest_since: Stored[datetime | None]
    """What happened before was in an earlier digest, or is in none."""

    __table_args__ = (
        # Guests, of whom there are few.
        Index(
            "ix_accounts_ends_at",
            "ends_at",
            sqlite_where=text("ends_at IS NOT NULL"),
            postgresql_where=text("ends_at IS NOT NULL"),
        ),
        Index(
            "ix_accounts_digest_due_at",
            "digest_due_at",
            sqlite_where=text("digest_due_at IS NOT NULL AND suspended_at IS NULL"),
            postgresql_where=text("digest_due_at IS NOT NULL AND suspended_at IS NULL"),
        ),
        # Those of whom it is still to be said: new ones, and who has chosen otherwise.
        Index(
            "ix_accounts_digest_unscheduled",
            "actor_id",
            sqlite_where=text("digest_due_at IS NULL AND digest_pace <> 'none' AND suspended_at IS NULL"),
            postgresql_where=text("digest_due_at IS NULL AND digest_pace <> 'none' AND suspended_at IS NULL"),
        ),
    )


class Session(Base):
    """A browser that is signed in; the cookie holds the secret of which this is the hash."""

    __tablename__ = "sessions"

    token_hash: Stored[str] = column(String(64), primary_key=True)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    browser: Stored[str] = column(String(60), default="", server_default="")
    """What it calls itself, in two words, for its owner to know it by."""
    created_at: Stored[datetime]
    expires_at: Stored[datetime]


class SignInLink(Base):
    """A one-time address that signs somebody in, for the first administrator and for people without a password yet."""

    __tablename__ = "sign_in_links"

    token_hash: Stored[str] = column(String(64), primary_key=True)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    expires_at: Stored[datetime]


class SignInFailure(Base):
    """A failed sign-in, for the limits per account and per address (threats T122). Kept for an hour."""

    __tablename__ = "sign_in_failures"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    subject: Stored[str] = column(String(400), index=True)
    """`account:NAME` or `address:ADDRESS`."""
    at: Stored[datetime]


class Marker(Base):
    """How far somebody has read a timeline, for their apps."""

    __tablename__ = "markers"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    timeline: Stored[str] = column(String(20), primary_key=True)
    last_read_id: Stored[int]
    version: Stored[int]
    updated_at: Stored[datetime]
