"""Time that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
"""A Saturday: nobody is pushed anything, and no stream alerts (product section 7)."""

AT_WORK = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
"""A Monday, when everybody may be told."""


class FakeClock:
    """A `federation.runtime.Clock`. Sleeping moves it on at once."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def advance(self, **duration: float) -> None:
        """Go on by days, hours, minutes, seconds: the arguments of `timedelta`."""
        self._now += timedelta(**duration)
