"""What one person does not care to meet, or thinks of others: mutes, blocked domains, muted threads, notes, people they
recommend. Nobody else is told of it, and none of it leaves the server. Blocks, which do, are in `moderation.py`.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint

from models.base import Base, Host, Stored, column


class Mute(Base):
    """A person hears nothing of another, or of a community, until the clock says otherwise."""

    __tablename__ = "mutes"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    target_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    hides_notifications: Stored[bool]
    expires_at: Stored[datetime | None]
    """Null: for good."""
    created_at: Stored[datetime]

    __table_args__ = (UniqueConstraint("actor_id", "target_id"), Index("ix_mutes_actor", "actor_id", "id"))


class DomainBlock(Base):
    """A person hears nothing of a whole server."""

    __tablename__ = "domain_blocks"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    host: Stored[str] = column(Host)
    created_at: Stored[datetime]

    __table_args__ = (UniqueConstraint("actor_id", "host"), Index("ix_domain_blocks_actor", "actor_id", "id"))


class MutedThread(Base):
    """A person is not told of what happens in one thread."""

    __tablename__ = "muted_threads"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    thread_id: Stored[int] = column(primary_key=True, autoincrement=False)
    """As `posts.thread_id`: known also while the opening post is not here."""


class AccountNote(Base):
    """What a person notes for themselves about another."""

    __tablename__ = "account_notes"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    target_id: Stored[int] = column(
        ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    comment: Stored[str] = column(Text)


class Endorsement(Base):
    """A person shows another, whom they follow, on their profile."""

    __tablename__ = "endorsements"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    target_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)

    __table_args__ = (UniqueConstraint("actor_id", "target_id"), Index("ix_endorsements_actor", "actor_id", "id"))
