"""How long a body may take: whoever sends a byte a second must not hold a connection for days (threats T084, 2.2).

A body that was not there whole with its headers is looked at from time to time; one that stands still, or comes slower
than any line is, ends for its reader with 408. Uploads of many minutes go on as long as they go on.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import StreamReader, hdrs, web

from server.http.errors import ApiError

IDLE_CONNECTION_SECONDS: Final = 130.0
"""Between two requests, and for the headers of one. Longer than proxies keep a connection that they do not use, or a
request of theirs would now and then meet one that was just closed."""


@dataclass
class Patience:
    """The bounds, for one application."""

    idle_seconds: float = 10.0
    """In which something has to come."""
    first_seconds: float = 30.0
    """For a body of any size; what is larger has as much longer as `slowest` allows."""
    slowest: float = 4096.0
    """Bytes a second."""


class TooSlow(ApiError, TimeoutError):
    """408. A `TimeoutError` too, by which aiohttp gives up what it would still read after the answer."""

    def __init__(self) -> None:
        super().__init__(408, "The request took too long", headers={hdrs.CONNECTION: "close"})


PATIENCE: Final = web.AppKey("patience", Patience)


class Watch:
    """Looks after one body until it is there, or `stop`."""

    def __init__(self, content: StreamReader, patience: Patience) -> None:
        self._content = content
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._seen = content.total_bytes
        self._timer = self._loop.call_later(patience.idle_seconds, self._look)

    def stop(self) -> None:
        """The request is answered."""
        self._timer.cancel()

    def _look(self) -> None:
        content, patience = self._content, self._patience
        if content.is_eof():
            return
        elapsed = self._loop.time() - self._began
        if is_too_slow(patience, elapsed=elapsed, seen=self._seen, total=content.total_bytes):
            content.set_exception(TooSlow())
            return
        self._seen = content.total_bytes
        self._timer = self._loop.call_later(patience.idle_seconds, self._look)


def is_too_slow(patience: Patience, *, elapsed: float, seen: int, total: int) -> bool:
    """Whether a body ends here of which `total` bytes came in so many seconds, `seen` of them before the last look."""
    return total == seen or elapsed > patience.first_seconds + total / patience.slowest


def watched(request: web.Request) -> Watch | None:
    """A watch over the body of a request; None where nothing is to come any more."""
    if not request.body_exists or request.content.is_eof():
        return None
    return Watch(request.content, request.app[PATIENCE])
