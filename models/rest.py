"""When somebody is left in peace, as far as they chose it themselves; and what was pushed to them on one day.

Who has no row keeps the firm's hours (`models/quiet.py`), from the first day on (product section 7).
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String

from models.base import Base, Stored, column

FIRMS, OWN, NONE = "firm", "own", "none"
KEPT = (FIRMS, OWN, NONE)
"""The firm's quiet hours, one's own, or none."""


class Rest(Base):
    """What one person chose. Neither hosts nor administrators can (product section 7)."""

    __tablename__ = "rests"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    keeps: Stored[str] = column(String(10))
    zone: Stored[str | None] = column(String(64))
    """A name of the IANA time zone database; null: the firm's."""
    begins: Stored[str | None] = column(String(5))
    """`HH:MM`, as is `ends`: of one's own hours."""
    ends: Stored[str | None] = column(String(5))
    working_days: Stored[list[int]] = column(default=list)
    """Of one's own hours; Monday is 0."""
    away_until: Stored[datetime | None]
    """Nothing is pushed before, whatever the hour."""


class PushDay(Base):
    """What was pushed to one person on the last day on which anything was: five notifications at most."""

    __tablename__ = "push_days"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    day: Stored[str] = column(String(10))
    """`YYYY-MM-DD` where the person is."""
    notification_ids: Stored[list[int]] = column(default=list)
    """However many apps each was sent to, it counts once."""
