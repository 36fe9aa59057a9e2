"""Streams over WebSocket, many on one connection, and as server-sent events, one on each (client API section 5)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
from aiohttp import WSMsgType, hdrs, web

from server.http.auth import listeners_secret, require_listener
from server.http.errors import ApiError, bad_request, scope_missing
from server.http.keys import RUNTIME
from server.http.params import params
from server.streaming import channels
from server.streaming.channels import ANY_STREAM, NEEDED
from server.streaming.connection import Beat, Connection, End, Frame
from server.streaming.hub import EVENTS, WEBSOCKET, Hub
from server.streaming.subscribing import subscribe, unsubscribe

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HUB: Final = web.AppKey("hub", Hub)
"""The open streams of this process."""

MAX_MESSAGE_BYTES: Final = 64 * 1024
"""A longer message from a client closes the WebSocket with 1009."""

RETRY_MILLISECONDS: Final = 5000
"""When listeners to events should come again after the server stopped."""

_ANSWER_SECONDS: Final = 5.0
"""How long a client that is told to go may take to say good-bye."""

_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "private, no-store",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}


class Wish(msgspec.Struct, frozen=True):
    """A message of a client: which stream it wants, or no longer wants."""

    type: str
    stream: str
    tag: str | None = None
    list: str | int | None = None


async def health(_: web.Request) -> web.Response:
    """GET /api/v1/streaming/health, open to all."""
    return web.Response(text="OK")


# --- WebSocket ---


async def websocket(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/streaming: a WebSocket. A stream may be named in the address; others come and go by messages."""
    person, token = await require_listener(request, *ANY_STREAM)
    name = request.query.get("stream", "")
    if not NEEDED.get(name, frozenset()) <= token.covered:
        raise scope_missing()
    by_protocol = listeners_secret(request) if "Sec-WebSocket-Protocol" in request.headers else None
    socket = web.WebSocketResponse(
        protocols=(by_protocol,) if by_protocol else (),
        autoping=False,
        compress=False,
        # The library refuses what is as long as this.
        max_msg_size=MAX_MESSAGE_BYTES + 1,
        timeout=_ANSWER_SECONDS,
    )
    if not socket.can_prepare(request).ok:
        raise bad_request("This address is for WebSockets")
    with request.app[HUB].opened(person, token.id, token.covered, WEBSOCKET) as connection:
        await socket.prepare(request)
        connection.cut_off = partial(_abort, request)
        writing = asyncio.ensure_future(_write(socket, connection))
        try:
            if name:
                wish = Wish("subscribe", name, request.query.get("tag", ""), request.query.get("list", ""))
                await _fulfil(request, socket, connection, wish)
            await _listen(request, socket, connection)
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await writing
    return socket


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _listen(request: web.Request, socket: web.WebSocketResponse, connection: Connection) -> None:
    """Take the client's messages until it goes."""
    async for message in socket:
        connection.heard()
        if message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            try:
                wish = msgspec.json.decode(message.data, type=Wish)
            except (msgspec.MsgspecError, UnicodeEncodeError):
                await _refuse(socket, bad_request("Unreadable message"))
                continue
            await _fulfil(request, socket, connection, wish)


async def _fulfil(request: web.Request, socket: web.WebSocketResponse, connection: Connection, wish: Wish) -> None:
    """Do as the client says, or say why not: it may go on all the same."""
    list_id = "" if wish.list is None else str(wish.list)
    details = {"name": wish.stream, "tag": wish.tag or "", "list_id": list_id}
    try:
        if wish.type == "subscribe":
            await subscribe(connection, request.app[RUNTIME].db, **details)
        elif wish.type == "unsubscribe":
            unsubscribe(connection, **details)
        else:
            raise bad_request("Unknown type of message")
    except ApiError as error:
        await _refuse(socket, error)


async def _refuse(socket: web.WebSocketResponse, error: ApiError) -> None:
    with suppress(ConnectionError):
        await socket.send_json({"error": error.body.error, "status": error.status})


async def _write(socket: web.WebSocketResponse, connection: Connection) -> None:
    """Send what the hub puts in line. The only one that does, besides answers to the client's own messages."""
    while True:
        item = await connection.next()
        if isinstance(item, Frame):
            await socket.send_str(item.text)
        elif isinstance(item, Beat):
            await socket.ping()
        else:
            await socket.close(code=item.value)
            return


# --- server-sent events ---


def events(name: str) -> Handler:
    """GET /api/v1/streaming/…: one stream of server-sent events."""
    return partial(_events, name)


async def _events(name: str, request: web.Request) -> web.StreamResponse:
    needed = NEEDED[name]
    person, token = await require_listener(request, *needed)
    if request.method == hdrs.METH_HEAD:
        return web.Response(headers=_HEADERS)
    given = await params(request)
    if given.boolean("only_media") and name.startswith(channels.PUBLIC):
        name += ":media"
    with request.app[HUB].opened(person, token.id, token.covered, EVENTS) as connection:
        connection.cut_off = partial(_abort, request)
        connection.is_lost = lambda: request.transport is None
        details = {"tag": request.query.get("tag", ""), "list_id": request.query.get("list", "")}
        await subscribe(connection, request.app[RUNTIME].db, name=name, **details)
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        with suppress(ConnectionError):
            await _write_events(response, connection)
    return response


async def _write_events(response: web.StreamResponse, connection: Connection) -> None:
    await response.write(b":)\n")
    while True:
        item = await connection.next()
        if isinstance(item, Frame):
            await response.write(item.lines)
        elif isinstance(item, Beat):
            await response.write(b":thump\n")
        else:
            if item is End.GOING_AWAY:
                await response.write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
            return
