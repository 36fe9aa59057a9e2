"""Mail that is owed to people, each letter a row until it was handed over."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String

from models.base import Base, Sealed, Stored, column

SIGN_IN, PASSWORD_CHANGED, LOCKED, REVIEW = "sign-in", "password-changed", "locked", "review"
PROOF = "second-proof"
DIGEST = "digest"
"""Kinds of letters."""

AT_ANY_HOUR = frozenset((SIGN_IN, PASSWORD_CHANGED, LOCKED, PROOF))
"""What is about the security of one's account; all else waits for the end of quiet hours (product section 7)."""


class Mail(Base):
    """A letter. What it says is sealed, for it may hold an address by which one signs in, and gone once it was sent."""

    __tablename__ = "mails"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    actor_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    """Whose it is; None for letters to somebody without an account."""
    recipient: Stored[str] = column(String(320))
    kind: Stored[str] = column(String(40))
    letter: Stored[bytes | None] = column(Sealed)
    once_key: Stored[str | None] = column(String(200), unique=True)
    """Of letters that go out once, however often what leads to them is looked at."""
    created_at: Stored[datetime]
    next_attempt_at: Stored[datetime | None]
    """None once it was sent, or given up."""
    leased_until: Stored[datetime | None]
    attempts: Stored[int] = column(default=0)
    sent_at: Stored[datetime | None]
    reason: Stored[str | None] = column(String(200))
    """Why the last attempt failed."""

    __table_args__ = (Index("ix_mails_next_attempt_at", "next_attempt_at"),)
