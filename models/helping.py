"""Who was asked to help with a question that nobody answered (product J5): each once, and none too often."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, Index

from models.base import Base, Stored, column

HOST_QUEUE_AFTER: Final = 8
"""Working hours without an answer, until a question waits on the host's desk."""
ASKED_AFTER: Final = 24
"""Working hours, until members who declared its topic are asked."""
MOST_PEOPLE: Final = 3
"""For one question."""
MOST_A_WEEK: Final = 3
"""Questions about which one person is asked in seven days."""
LOOKED_FOR: Final = timedelta(days=21)
"""So long after a question was asked members are looked for: later, people who could help have read it."""


class HelpRequest(Base):
    """A member was asked to help. It is kept no longer than the question, and counts for nobody's statistics."""

    __tablename__ = "help_requests"

    question_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    asked_at: Stored[datetime]

    __table_args__ = (Index("ix_help_requests_actor", "actor_id", "asked_at"),)
