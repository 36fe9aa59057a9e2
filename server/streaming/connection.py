"""One open stream: what it listens to, and what waits to be sent on it, within bounds."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import Final

import msgspec

from models.gate import Person
from server.streaming.channels import Channel

MAX_WAITING: Final = 256
"""Frames that wait for a slow reader; one more and it is cut off."""

MAX_WAITING_BYTES: Final = 1024 * 1024
"""The same in bytes."""

MAX_CHANNELS: Final = 50
"""Streams on one connection: apps hold some ten."""

PING_SECONDS, THUMP_SECONDS = 30.0, 15.0
"""Client API 5.1 and 5.2."""

MAX_MISSED: Final = 2
"""Pings that may stay without an answer."""


class _Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    stream: list[str]
    event: str
    payload: str | None = None


class Frame:
    """One event on one stream, shared by all who get the same."""

    def __init__(self, stream: list[str], event: str, payload: str | None) -> None:
        self._stream = stream
        self._event = event
        self._payload = payload

    @property
    def size(self) -> int:
        """Bytes, nearly."""
        return len(self._payload or "") + 64

    @cached_property
    def text(self) -> str:
        """For a WebSocket (client API 5.1): the payload is a text with JSON in it."""
        return msgspec.json.encode(_Envelope(self._stream, self._event, self._payload)).decode()

    @cached_property
    def lines(self) -> bytes:
        """For server-sent events (client API 5.2). Clients know the word for no content; some fail at an empty text."""
        return f"event: {self._event}\ndata: {self._payload or 'undefined'}\n\n".encode()


class Beat(Enum):
    """What is sent so that the connection is known to live."""

    BEAT = "beat"


class End(Enum):
    """Why a stream ends; the value is the WebSocket's code for it (RFC 6455 section 7.4)."""

    GOING_AWAY = 1001
    """The server stops: come again soon."""
    NO_RIGHT = 1008
    """The token has ended, or the membership behind a list."""


class Connection:
    """The hub puts in, one task takes out. `cut_off` breaks the line without a word; it may be called twice."""

    def __init__(
        self, person: Person, token_id: int, covered: frozenset[str], *, beat_seconds: float, now: float
    ) -> None:
        self.person = person
        self.token_id = token_id
        self.covered = covered
        self.channels: dict[tuple[str, str], Channel] = {}
        self.cut_off: Callable[[], None] = lambda: None
        self.is_lost: Callable[[], bool] = lambda: False
        """The other side has gone, which a task that only writes does not see."""
        self.is_cut = False
        self._beat_seconds = beat_seconds
        self._beaten_at = now
        self._missed = 0
        self._waiting: deque[Frame | Beat | End] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()

    def add(self, channel: Channel) -> bool:
        """Listen to a stream, once; False when there are too many."""
        self.channels[channel.name, channel.detail] = channel
        if len(self.channels) <= MAX_CHANNELS:
            return True
        del self.channels[channel.name, channel.detail]
        return False

    def drop(self, name: str, detail: str) -> None:
        """Listen to it no longer."""
        self.channels.pop((name, detail), None)

    def send(self, frame: Frame) -> bool:
        """Put a frame in line; False where the reader is so slow that the line is cut."""
        self._bytes += frame.size
        if len(self._waiting) >= MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
            self._cut()
            return False
        self._put(frame)
        return True

    def end(self, reason: End) -> None:
        """Say why, and end, once what waits is sent."""
        self._put(reason)

    def beat(self, now: float, *, is_answered: bool) -> bool:
        """Send a sign of life when it is time; False where the other side has been silent for too long.

        `is_answered`: the other side answers signs of life, and `heard` is called then.
        """
        if now - self._beaten_at < self._beat_seconds:
            return True
        if is_answered and self._missed >= MAX_MISSED:
            self._cut()
            return False
        self._beaten_at = now
        self._missed += 1
        self._put(Beat.BEAT)
        return True

    def heard(self) -> None:
        """The other side gave a sign of life."""
        self._missed = 0

    async def next(self) -> Frame | Beat | End:
        """What is to be sent now."""
        while not self._waiting:
            self._ready.clear()
            await self._ready.wait()
        item = self._waiting.popleft()
        if isinstance(item, Frame):
            self._bytes -= item.size
        return item

    def _put(self, item: Frame | Beat | End) -> None:
        self._waiting.append(item)
        self._ready.set()

    def _cut(self) -> None:
        self.is_cut = True
        self._waiting.clear()
        self.cut_off()
