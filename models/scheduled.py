"""Posts that are to be published later, each a job of its own: taken by one worker, published once, or refused."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text

from models.base import Base, Stored, column


class ScheduledPost(Base):
    """A draft with the time at which it is to be published. The row is gone when it was."""

    __tablename__ = "scheduled_posts"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    """In whose name: a person's, or a community's."""
    by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    """Who wrote it for the community (client API 11.5); None: whose name it is."""
    draft: Stored[dict[str, object]]
    due_at: Stored[datetime]
    leased_until: Stored[datetime | None]
    """A worker is at it until then."""
    attempts: Stored[int] = column(default=0)
    idempotency_key: Stored[str | None] = column(String(200))
    created_at: Stored[datetime]

    __table_args__ = (
        Index("ix_scheduled_posts_actor", "actor_id", "id"),
        Index("ix_scheduled_posts_due_at", "due_at"),
        Index(
            "ix_scheduled_posts_by_id",
            "by_id",
            sqlite_where=text("by_id IS NOT NULL"),
            postgresql_where=text("by_id IS NOT NULL"),
        ),
        Index("uq_scheduled_posts_idempotency", "actor_id", "idempotency_key", unique=True),
    )
