"""Rituals of a community (product sections 2 and 5): when its members meet, once or again and again.

A ritual is kept as its first moment and how many weeks lie between two; all others follow from these, by the clocks of
the firm's time zone, so that it stays at nine when summer time begins.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import ForeignKey, String

from models.base import Base, Stored, column
from models.quiet import QuietHours, zone_of

MOST_TITLE, MOST_PLACE = 120, 300
MOST_STANDING: Final = 10
"""Of one community, that are not over."""
ONCE: Final = 0
INTERVALS: Final = (ONCE, 1, 2, 4)
"""Weeks from one to the next."""
AHEAD: Final = timedelta(weeks=8)
"""How far lists of what is coming look."""
MOST_OFF: Final = 60
"""Days called off that are remembered, the newest: more than a year of weeks."""


class RitualRow(Base):
    """One ritual."""

    __tablename__ = "rituals"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    community_id: Stored[int] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"), index=True)
    title: Stored[str] = column(String(MOST_TITLE))
    place: Stored[str] = column(String(MOST_PLACE))
    """A room, or an address to join at; may be empty."""
    begins_at: Stored[datetime]
    every_weeks: Stored[int]
    """0: once."""
    off: Stored[list[str]]
    """Days on which it is called off, as in 2026-05-01, in the firm's time zone."""
    ended_at: Stored[datetime | None]
    """From then on there is none; null: it goes on."""


class Ritual(msgspec.Struct, frozen=True):
    """The same as plain data, in the order of the columns."""

    id: int
    community_id: int
    title: str
    place: str
    begins_at: datetime
    every_weeks: int
    off: list[str]
    ended_at: datetime | None


def moments(ritual: Ritual, hours: QuietHours, since: datetime, until: datetime) -> Iterator[datetime]:
    """When it takes place, in UTC, from `since` and before `until`, the earliest first."""
    end = until if ritual.ended_at is None else min(until, ritual.ended_at)
    zone, step = zone_of(hours.zone), timedelta(weeks=ritual.every_weeks)
    first = ritual.begins_at.astimezone(zone).replace(tzinfo=None)
    passed = since.astimezone(zone).replace(tzinfo=None) - first
    # One earlier than needed: summer time moves moments by an hour.
    number = max(0, passed // step - 1) if step else 0
    while True:
        wall = first + number * step
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        if at >= end:
            return
        if at >= since and wall.date().isoformat() not in ritual.off:
            yield at
        if not step:
            return
        number += 1


def is_over(ritual: Ritual, hours: QuietHours, now: datetime) -> bool:
    """It takes place no more."""
    return next(moments(ritual, hours, now, now + timedelta(weeks=4 * MOST_OFF)), None) is None
