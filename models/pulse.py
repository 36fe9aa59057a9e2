"""The pulse (product section 6): once a month members may say how much a community helped them, from 1 to 5.

Marks are only counted. That somebody has answered is a token, which the vault's key makes of the person, the community
and the month: it keeps them from answering twice, leads to nobody without that key, and goes when the month is over.
"""

import hmac
from datetime import date, datetime
from typing import Final

from sqlalchemy import Date, ForeignKey, LargeBinary

from models.base import Base, Stored, column
from models.quiet import QuietHours
from models.vault import Vault

LEAST, MOST = 1, 5
"""The marks: it helped not at all, and very much."""

ASKED_FROM: Final = 20
"""Day of the month: by then there is a month to speak of."""

_TOKEN: Final = "pulse token"  # noqa: S105 - a name of a purpose


class PulseMark(Base):
    """How many gave a mark in a month."""

    __tablename__ = "pulse_marks"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Stored[date] = column(Date, primary_key=True)
    """Its first day, in the firm's time zone."""
    mark: Stored[int] = column(primary_key=True, autoincrement=False)
    answers: Stored[int]


class PulseToken(Base):
    """Somebody answered in this month; not who, nor when, for the log of requests would tell who that was."""

    __tablename__ = "pulse_tokens"

    token: Stored[bytes] = column(LargeBinary, primary_key=True)
    month: Stored[date] = column(Date, index=True)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def month_before(day: date) -> date:
    """The first day of the last month that is over when this day begins."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, 1)


def today(now: datetime, hours: QuietHours) -> date:
    """The day in the firm's time zone."""
    return hours.local(now).date()


def token_of(vault: Vault, person_id: int, community_id: int, month: date) -> bytes:
    """What says that this person has answered."""
    return hmac.digest(vault.derive(_TOKEN), f"{person_id} {community_id} {month:%Y-%m}".encode(), "sha256")
