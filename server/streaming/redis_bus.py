"""Signals between the processes of one installation, by Redis (or Valkey) publish and subscribe.

Losing a message there loses an alert, never data, so nothing waits for Redis and nothing is kept for it beyond a bound.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import msgspec
import structlog

from models.signals import Signal
from server.streaming.bus import MemoryBus
from server.supervisor import cut_off

log = structlog.get_logger(__name__)

MAX_UNSENT: Final = 10_000
"""Signals that wait for Redis; after more the oldest are lost."""

_MAX_MESSAGE: Final = 500
"""Signals in one message."""


class Message(msgspec.Struct, frozen=True, array_like=True):
    """What goes through Redis."""

    origin: str
    """The process that says so: it has told itself already."""
    signals: list[Signal]


class RedisBus(MemoryBus):
    """Tells the hub here at once, and those of other processes through Redis."""

    def __init__(self, url: str, channel: str, origin: str) -> None:
        """`channel` names the installation: several may share one Redis. `origin` is this process alone."""
        super().__init__()
        self._url = url
        self._channel = channel
        self._origin = origin
        self._unsent: deque[Signal] = deque(maxlen=MAX_UNSENT)
        self._something_to_send = asyncio.Event()
        self.listening = asyncio.Event()
        """Set while what other processes say is heard."""

    def publish(self, signals: Sequence[Signal]) -> None:
        """Here at once; elsewhere as soon as Redis passes it on."""
        super().publish(signals)
        self._unsent.extend(signals)
        self._something_to_send.set()

    async def run(self) -> None:
        """Send and listen until cancelled. Raises what the driver raises when Redis is lost, to be begun anew."""
        # Not at the top of the file: it takes five megabytes of every process that does without it.
        redis = import_module("redis.asyncio").Redis.from_url(self._url)
        tasks = [asyncio.ensure_future(self._send(redis)), asyncio.ensure_future(self._listen(redis))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self.listening.clear()
            await cut_off(tasks)
            await redis.aclose()
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _send(self, redis: Any) -> None:
        while True:
            await self._something_to_send.wait()
            self._something_to_send.clear()
            while self._unsent:
                some = [self._unsent.popleft() for _ in range(min(len(self._unsent), _MAX_MESSAGE))]
                await redis.publish(self._channel, msgspec.json.encode(Message(self._origin, some)))

    async def _listen(self, redis: Any) -> None:
        async with redis.pubsub() as heard:
            await heard.subscribe(self._channel)
            async for message in heard.listen():
                if message["type"] == "subscribe":
                    self.listening.set()
                elif message["type"] == "message":
                    self._heard(message["data"])
        raise ConnectionResetError("Redis closed the connection by which processes tell each other")

    def _heard(self, text: bytes) -> None:
        try:
            told = msgspec.json.decode(text, type=Message)
        except msgspec.MsgspecError as error:
            log.warning("streaming.message_unreadable", error=str(error))
            return
        if told.origin != self._origin:
            super().publish(told.signals)
