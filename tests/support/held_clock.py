"""Time for whole servers that a test holds in its hand: it stands still, and sleepers wake once it has passed."""

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


class HeldClock:
    """A `federation.runtime.Clock` for one event loop."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._monotonic = 0.0
        self._sleepers: dict[asyncio.Future[None], float] = {}

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        awake = asyncio.get_running_loop().create_future()
        self._sleepers[awake] = self._monotonic + seconds
        try:
            await awake
        finally:
            del self._sleepers[awake]

    def advance(self, **duration: float) -> None:
        """Go on by days, hours, minutes, seconds: the arguments of `timedelta`. Everything due wakes at the end."""
        passed = timedelta(**duration)
        self._now += passed
        self._monotonic += passed.total_seconds()
        for sleeper, due in self._sleepers.items():
            if due <= self._monotonic and not sleeper.done():
                sleeper.set_result(None)

    def jump(self, **duration: float) -> None:
        """Somebody sets the date, ahead or back: no time passes, and nobody's sleep ends sooner."""
        self._now += timedelta(**duration)

    def wakes_somebody_within(self, seconds: float) -> bool:
        """Whether a sleep ends before so much time has passed."""
        return any(due <= self._monotonic + seconds for due in self._sleepers.values())
