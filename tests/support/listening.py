"""Listeners to streams as apps have them: over WebSocket and over server-sent events, on real connections.

Everything heard is held against the schemas. To see that something is not told, wait for what comes after it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientResponse, ClientWebSocketResponse, WSMsgType

from server.streaming.hub import Hub
from tests.support.contract import check_answer
from tests.support.firm import App, Firm
from tests.support.schemas import FOLDER, validate
from tests.support.waiting import PATIENCE_SECONDS, until

STREAMING = "/api/v1/streaming"
_ENTITIES = {
    "update": "AuthenticatedStatus",
    "status.update": "AuthenticatedStatus",
    "notification": "Notification",
    "conversation": "Conversation",
}


@dataclass(frozen=True)
class Event:
    """One event: on which stream (empty for server-sent events), what, and the payload read."""

    stream: tuple[str, ...]
    event: str
    payload: Any


def _read(stream: list[str], event: str, payload: str | None) -> Event:
    if event not in _ENTITIES:
        return Event(tuple(stream), event, payload)
    document = json.loads(payload or "")
    check_answer("GET", "/-", 200, document)
    if FOLDER.is_dir():
        validate(_ENTITIES[event], document)
    return Event(tuple(stream), event, document)


@dataclass
class Socket:
    """A WebSocket of somebody."""

    raw: ClientWebSocketResponse
    hub: Hub

    async def ask(self, **wish: str) -> None:
        """Send a message; it is taken up when a ping after it is answered."""
        await self.raw.send_json(wish)
        await self.settle()

    async def settle(self) -> None:
        """Return when the server has taken everything that was sent so far."""
        await self.raw.ping(b"there?")
        message = await self.raw.receive(PATIENCE_SECONDS)
        while message.type is not WSMsgType.PONG:
            self.early.append(message.data)
            message = await self.raw.receive(PATIENCE_SECONDS)

    def __post_init__(self) -> None:
        self.early: list[str] = []

    async def text(self) -> str:
        """The next text."""
        if self.early:
            return self.early.pop(0)
        while True:
            message = await self.raw.receive(PATIENCE_SECONDS)
            if message.type is WSMsgType.TEXT:
                return str(message.data)
            assert message.type in (WSMsgType.PING, WSMsgType.PONG), message

    async def next(self) -> Event:
        """The next event."""
        frame = json.loads(await self.text())
        if FOLDER.is_dir():
            validate("StreamingEvent", frame)
        return _read(frame["stream"], frame["event"], frame.get("payload"))

    async def some(self, count: int) -> list[Event]:
        """The next events."""
        return [await self.next() for _ in range(count)]

    async def closing(self) -> int | None:
        """The code with which the server closes; None where the line broke."""
        while True:
            message = await self.raw.receive(PATIENCE_SECONDS)
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                return self.raw.close_code


@asynccontextmanager
async def listening(firm: Firm, app: App, *streams: str, **query: str) -> AsyncIterator[Socket]:
    """A WebSocket that listens to streams without parameters; `query` goes into the address."""
    url = f"http://127.0.0.1:{firm.port}{STREAMING}" + (f"?{urlencode(query)}" if query else "")
    headers = {"Authorization": f"Bearer {app.token}"}
    async with firm.session.ws_connect(url, headers=headers, autoping=False) as raw:
        socket = Socket(raw, firm.hub)
        for stream in streams:
            await socket.raw.send_json({"type": "subscribe", "stream": stream})
        await socket.settle()
        yield socket


@dataclass
class Events:
    """Server-sent events of somebody."""

    response: ClientResponse

    async def line(self) -> str:
        """The next line."""
        return (await asyncio.wait_for(self.response.content.readline(), PATIENCE_SECONDS)).decode()

    async def next(self) -> Event:
        """The next event; signs of life are passed over."""
        while not (line := await self.line()).startswith("event: "):
            assert line, "the stream ended"
        event = line.removeprefix("event: ").rstrip("\n")
        payload = (await self.line()).removeprefix("data: ").rstrip("\n")
        return _read([], event, payload)


@asynccontextmanager
async def events(firm: Firm, app: App, path: str, **query: str) -> AsyncIterator[Events]:
    """A stream of server-sent events, after its first bytes."""
    url = f"http://127.0.0.1:{firm.port}{STREAMING}/{path}" + (f"?{urlencode(query)}" if query else "")
    async with firm.session.get(url, headers={"Authorization": f"Bearer {app.token}"}) as response:
        assert response.status == 200, await response.text()
        stream = Events(response)
        assert await stream.line() == ":)\n"
        yield stream


async def all_gone(hub: Hub) -> None:
    """Wait until the server has let go of every stream."""

    async def is_empty() -> bool:
        return not hub.connections

    await until(is_empty)
