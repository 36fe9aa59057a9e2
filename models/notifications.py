"""Notifications of local people. Ids are a sequence of their own: apps read them as small numbers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, false, text

from models.base import Base, Stored, column

MENTION, FOLLOW, FOLLOW_REQUEST, FAVOURITE, STATUS, UPDATE, POLL = (
    "mention",
    "follow",
    "follow_request",
    "favourite",
    "status",
    "update",
    "poll",
)
ADMIN_REPORT, ADMIN_SIGN_UP = "admin.report", "admin.sign_up"
FOR_DECIDERS = (ADMIN_REPORT, ADMIN_SIGN_UP)
"""For those who run the server; a report also for those who lead the community that it is about."""

GROUPABLE = (FAVOURITE, FOLLOW)
"""Those of one hour about one thing are shown as one group."""

TYPES = (MENTION, FOLLOW, FOLLOW_REQUEST, FAVOURITE, STATUS, UPDATE, POLL, *FOR_DECIDERS)


class Notification(Base):
    """Something a local person should hear of."""

    __tablename__ = "notifications"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    recipient_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    type: Stored[str] = column(String(20))
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    """Whose doing it is."""
    post_id: Stored[int | None] = column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    report_id: Stored[int | None] = column(ForeignKey("reports.id", ondelete="CASCADE"))
    created_at: Stored[datetime]
    owes_push: Stored[bool] = column(default=False, server_default=false())
    """Its recipient's apps are to be told: set where they asked for it, until each of them is owed a message."""
    is_held_back: Stored[bool] = column(server_default=false())
    """It was one too many to be pushed on its day, and no digest has counted it yet."""

    __table_args__ = (
        Index(
            "ix_notifications_owes_push",
            "id",
            sqlite_where=text("owes_push"),
            postgresql_where=text("owes_push"),
        ),
        Index(
            "ix_notifications_held_back",
            "recipient_id",
            sqlite_where=text("is_held_back"),
            postgresql_where=text("is_held_back"),
        ),
        Index(
            "ix_notifications_report_id",
            "report_id",
            sqlite_where=text("report_id IS NOT NULL"),
            postgresql_where=text("report_id IS NOT NULL"),
        ),
        Index("ix_notifications_recipient", "recipient_id", "id"),
        Index("uq_notifications_once", "recipient_id", "type", "actor_id", "post_id", unique=True),
    )
