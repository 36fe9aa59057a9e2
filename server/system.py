"""The real clock and the real dice: what `federation.runtime` asks for, and the only place that has them.

Everything else is given a `Clock` and `Tokens`, so that a test can move the one and know the other (threats R12).
"""

import asyncio
import secrets  # noqa: TID251 - the one source of chance
import time
from datetime import UTC, datetime

from models.ids import SLOTS, IdSource

SERVER_SLOTS = 32
"""Process slots of ids from 0 to below this are for servers, which lease one; the rest are for commands."""


class SystemClock:
    """Implements `federation.runtime.Clock`."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one clock

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()  # noqa: TID251 - the one clock

    async def sleep(self, seconds: float) -> None:
        """Wait, at least this long."""
        await asyncio.sleep(seconds)  # noqa: TID251 - the one clock


class SystemTokens:
    """Implements `federation.runtime.Tokens`. `slot` (0 to 63) is this process's alone while it runs."""

    def __init__(self, slot: int) -> None:
        self._ids = IdSource(slot)
        self._random = secrets.SystemRandom()

    def secret(self, length: int = 32) -> str:
        """URL-safe text made of `length` random bytes."""
        return secrets.token_urlsafe(length)

    def fraction(self) -> float:
        """A random number in 0..1, for jitter."""
        return self._random.random()

    def next_id(self, at: datetime) -> int:
        """A fresh time-ordered id for this instant."""
        return self._ids.next(at)


def command_tokens() -> SystemTokens:
    """For a command, which may run beside servers and other commands: any of the slots that servers leave free."""
    return SystemTokens(SERVER_SLOTS + secrets.randbelow(SLOTS - SERVER_SLOTS))
