"""The time that several causes share for their requests: what asks too slow a peer ends, and nothing else does.

Only requests are ended, by the fetch gate: whoever writes down what was fetched is never cut off half-way.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

Patience = Callable[[], Awaitable[object]]
"""Returns when the time for something is over."""


class Deadline:
    """An end that requests of several causes share: those under way end with it, and later ones as they begin."""

    __slots__ = ("_requests", "is_over")

    def __init__(self) -> None:
        self.is_over = False
        self._requests: set[asyncio.Timeout] = set()

    def pass_by(self) -> None:
        """The time is over."""
        self.is_over = True
        for request in self._requests:
            _end_now(request)

    @contextmanager
    def ends(self, request: asyncio.Timeout) -> Iterator[None]:
        """For the time of the block: the time-out, which was entered, is over no later than this."""
        self._requests.add(request)
        if self.is_over:
            _end_now(request)
        try:
            yield
        finally:
            self._requests.discard(request)


def _end_now(request: asyncio.Timeout) -> None:
    if not request.expired():
        request.reschedule(asyncio.get_running_loop().time())


@asynccontextmanager
async def limited(patience: Patience) -> AsyncIterator[Deadline]:
    """A deadline that passes with the patience, if the block is not over before."""
    deadline = Deadline()

    async def wait() -> None:
        await patience()
        deadline.pass_by()

    waiting = asyncio.ensure_future(wait())
    try:
        yield deadline
    finally:
        waiting.cancel()
