"""Waiting for what other processes and loops bring about: asking again until it is so, up to a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""Far more than anything takes on a busy machine; what is right comes in a fraction of it."""

_EVERY_SECONDS = 0.03


async def until(what: Callable[[], Awaitable[T]], *, seconds: float = PATIENCE_SECONDS) -> T:
    """The first answer that is true. Raises `AssertionError` with the last one where none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await what()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"did not come about within {seconds} s: {what.__qualname__}: {answer!r}"
        await asyncio.sleep(_EVERY_SECONDS)


async def pause(seconds: float) -> None:
    """Let other processes work: for load, never in place of a condition."""
    await asyncio.sleep(seconds)
