"""What an answer to a delivery means, and when to try a peer again. Pure: no clock, no chance, no database.

Schedule and breaker: threats 2.2 and T193 to T198.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

from models.outbox import CLOCKS_DIFFER

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

SCHEDULE = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR)
"""Waits after the first failures; then `LATER` each time."""

LATER = 12 * HOUR
GIVE_UP = timedelta(days=14)
MAX_RETRY_AFTER = timedelta(hours=24)
JITTER = 0.2
REFUSALS_BEFORE_PAUSE = 5
PAUSE = timedelta(minutes=30)
CLOCKS_AGREE = 5 * MINUTE
"""A signature may be so far ahead of the clock that checks it (threats 1.2)."""

_REFUSED = frozenset({400, 401, 403, 404, 405, 406, 413, 415, 422})
_OTHER_SCHEME = frozenset({400, 401})
_TOO_MANY = 429
_GONE = 410
_UNAUTHENTICATED = 401
_LATER = frozenset({408, 425, _TOO_MANY})


class Outcome(Enum):
    """What becomes of one delivery."""

    DELIVERED = "delivered"
    OTHER_SCHEME = "other scheme"
    """Sign again, in the other scheme, once."""
    REFUSED = "refused"
    """A dead letter; go on with the next."""
    INBOX_GONE = "inbox gone"
    """Owe this inbox nothing more."""
    PEER_WAITS = "peer waits"
    """The peer is away or busy: everything for it waits, in order."""


def outcome_of(status: int, *, may_knock_again: bool) -> Outcome:
    """The meaning of an answer's status. `may_knock_again`: the peer's scheme is not known and only one was tried."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == _GONE:
        return Outcome.INBOX_GONE
    if status in _OTHER_SCHEME and may_knock_again:
        return Outcome.OTHER_SCHEME
    if status in _REFUSED:
        return Outcome.REFUSED
    if status in _LATER or status >= 500:
        return Outcome.PEER_WAITS
    # Redirects are not followed and everything else is not defined for a POST: it will be the same tomorrow.
    return Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Health:
    """How it has gone with one peer lately."""

    failures: int = 0
    refusals: int = 0
    failing_since: datetime | None = None


def after_failure(health: Health, now: datetime) -> Health:
    """One more failure to reach the peer."""
    return Health(health.failures + 1, health.refusals, health.failing_since or now)


_A_YEAR = timedelta(days=365)
"""A difference beyond it is no clock's any more, and has to fit into what is stored."""


def next_attempt(failures: int, now: datetime, jitter: float, retry_after: datetime | None = None) -> datetime:
    """When to try a peer again after so many failures in a row (at least one). `jitter` is in 0..1.

    What the peer asked for in `Retry-After` holds where it is later, up to a day.
    """
    wait = SCHEDULE[failures - 1] if failures <= len(SCHEDULE) else LATER
    planned = now + wait * (1 - JITTER + 2 * JITTER * jitter)
    if retry_after is None:
        return planned
    return max(planned, min(retry_after, now + MAX_RETRY_AFTER))


def reason_of(status: int, date: str | None, now: datetime) -> str:
    """Why a delivery was refused, for whoever reads the queue.

    Where that may be the time at which it was signed, what the `Date` of the answer says of the clock there: requests
    are refused beyond five minutes, letters about an agreement beyond a day.
    """
    theirs = _instant(date) if status == _UNAUTHENTICATED else None
    if theirs is None or abs(theirs - now) <= CLOCKS_AGREE:
        return f"HTTP {status}"
    minutes = round(abs(theirs - now).total_seconds() / 60)
    span = f"{minutes} minutes" if minutes < 2 * 60 else f"{round(minutes / 60)} hours"
    word = "ahead of" if theirs > now else "behind"
    return f"HTTP {status}: {CLOCKS_DIFFER} {span} {word} ours; keep both by NTP"


def clock_ahead(date: str | None, now: datetime) -> int | None:
    """Seconds by which the clock that this `Date` shows is ahead of ours, a year at most; None for what is no date."""
    theirs = _instant(date)
    return None if theirs is None else round(max(-_A_YEAR, min(theirs - now, _A_YEAR)).total_seconds())


def is_given_up(created_at: datetime, now: datetime) -> bool:
    """Whether a delivery has waited longer than it is kept."""
    return now - created_at > GIVE_UP


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """The instant that a `Retry-After` header names, in seconds or as a date; None where it says nothing usable."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return now + timedelta(seconds=min(int(value[:9]), MAX_RETRY_AFTER.total_seconds()))
    at = _instant(value)
    return at if at is not None and at > now else None


def _instant(value: str | None) -> datetime | None:
    """What a header says in the form of HTTP; None where it is no date."""
    try:
        at = parsedate_to_datetime(value or "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        # The second for numbers, and for ends of the calendar, that no date can hold.
        return None
