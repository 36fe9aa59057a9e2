"""Polls and the votes in them. A poll belongs to its post and has the post's id in the client API."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text

from models.base import Base, Stored, Uri, column


class Poll(Base):
    """The answers to choose from, and how many chose each: counted here for ours, else as its author's server says."""

    __tablename__ = "polls"

    post_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    options: Stored[list[str]]
    counts: Stored[list[int]]
    """Votes for each of the options, in their order."""
    voters: Stored[int | None]
    """Null where the author's server does not say."""
    is_multiple: Stored[bool]
    hides_totals: Stored[bool] = column(default=False)
    """Until the end only the number of voters is shown."""
    expires_at: Stored[datetime | None]
    changed_at: Stored[datetime | None]
    """Set where counts of a poll of ours were not sent out yet."""
    distributed_at: Stored[datetime | None]
    ended_at: Stored[datetime | None]
    """When its end was told; null while that is to come."""

    __table_args__ = (
        Index(
            "ix_polls_changed_at",
            "changed_at",
            sqlite_where=text("changed_at IS NOT NULL"),
            postgresql_where=text("changed_at IS NOT NULL"),
        ),
        Index(
            "ix_polls_expires_at",
            "expires_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class PollVote(Base):
    """One answer that somebody chose; of polls elsewhere only those of our own people are known."""

    __tablename__ = "poll_votes"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    post_id: Stored[int] = column(ForeignKey("polls.post_id", ondelete="CASCADE"))
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    choice: Stored[int]
    """Number of the option, from 0."""
    uri: Stored[str] = column(Uri)
    """Id of the vote outside."""
    created_at: Stored[datetime]

    __table_args__ = (UniqueConstraint("post_id", "actor_id", "choice"),)
