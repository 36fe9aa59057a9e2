"""How late the event loop is: what keeps it from its work keeps everybody waiting (threats 2.1, T216)."""

import asyncio
from types import TracebackType
from typing import Final, Self

from server.metrics import LOOP_LAG

EVERY_SECONDS: Final = 0.5


class LoopLag:
    """Measured for the time of the block, by the loop's own time: a clock that stands still says nothing of it."""

    def __enter__(self) -> Self:
        self._next()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + EVERY_SECONDS
        self._timer = loop.call_at(self._due, self._measure)

    def _measure(self) -> None:
        LOOP_LAG.observe(max(asyncio.get_running_loop().time() - self._due, 0.0))
        self._next()
