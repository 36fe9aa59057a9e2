"""Time for whole servers that a test holds in its hand: it stands still, and sleepers wake once it has passed."""

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


class HeldClock:
    """A `federation.runtime.Clock` for one event loop."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._monotonic = 0.0
        self._sleepers: dict[asyncio.Future[None], tuple[float, float]] = {}
        """When they are due, and how long they sleep."""

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        awake = asyncio.get_running_loop().create_future()
        self._sleepers[awake] = self._monotonic + seconds, seconds
        try:
            await awake
        finally:
            del self._sleepers[awake]

    def advance(self, **duration: float) -> None:
        """Go on by days, hours, minutes, seconds: the arguments of `timedelta`. Everything due wakes at the end."""
        passed = timedelta(**duration)
        self._now += passed
        self._monotonic += passed.total_seconds()
        for sleeper, (due, _) in self._sleepers.items():
            if due <= self._monotonic and not sleeper.done():
                sleeper.set_result(None)

    def jump(self, **duration: float) -> None:
        """Somebody sets the date, ahead or back: no time passes, and nobody's sleep ends sooner."""
        self._now += timedelta(**duration)

    def wakes_somebody_within(self, seconds: float) -> bool:
        """Whether a sleep ends before so much time has passed."""
        return any(due <= self._monotonic + seconds for due, _ in self._sleepers.values())

    def sleepers(self, seconds: float) -> int:
        """How many sleep for so long: a loop that is at work when time passes misses it, and sleeps on afterwards."""
        return sum(one == seconds for _, one in self._sleepers.values())
