"""Background tasks under one roof: one that crashes is logged, counted, and started again with growing waits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from federation.runtime import Clock

log = structlog.get_logger()

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0

_CUT_AGAIN_SECONDS: Final = 1.0


async def cut_off(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel tasks, again and again until all have ended.

    Once is not always enough: before Python 3.12 `asyncio.wait_for`, by which drivers wait, forgets a cancellation that
    comes together with what it waits for.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=_CUT_AGAIN_SECONDS)
        for task in ended:
            # Taken note of: whoever wants to know how it ended asks again.
            _ = task.cancelled() or task.exception()


class Supervisor:
    """Keeps tasks running until they end by themselves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []
        self._endless: list[asyncio.Task[None]] = []

    def start_endless(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` until everything is finished: it is cut off then, between two of its transactions or in one."""
        self._endless.append(asyncio.ensure_future(self._keep(name, work)))

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` until it returns."""
        self._tasks.append(asyncio.ensure_future(self._keep(name, work)))

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        wait = FIRST_WAIT_SECONDS
        while True:
            began = self._clock.monotonic()
            try:
                await work()
            except Exception:
                log.exception("task.crashed", task=name, again_in_seconds=wait)
            else:
                return
            if self._clock.monotonic() - began > LONGEST_WAIT_SECONDS:
                wait = FIRST_WAIT_SECONDS
            await self._clock.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def finish(self, seconds: float) -> None:
        """Wait for the tasks, which were told to stop; cut off what takes longer, and what never ends."""
        await cut_off(self._endless)
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        await cut_off(late)
