"""Requests that never end are ended (threats T084): over raw sockets, in moments instead of half minutes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from server.app import listening
from server.http.answers import json_answer
from server.http.params import params
from server.http.patience import PATIENCE, Patience, is_too_slow
from tests.server.http.conftest import Client, Serve
from tests.support.ports import free_port

SLOW = 40
"""How many of them there are at once."""
FORM = "application/x-www-form-urlencoded"


async def read(request: web.Request) -> web.Response:
    given = await params(request, max_file_bytes=1024)
    return json_answer({"text": given.text("text")})


async def health(_: web.Request) -> web.Response:
    return web.Response(text="ok")


def short(app: web.Application) -> None:
    app[PATIENCE] = Patience(idle_seconds=0.1, first_seconds=0.3, slowest=100)


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(web.post("/api/v1/statuses", read), web.get("/health", health), prepare=short)


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def head(length: int, content_type: str) -> bytes:
    lines = ["POST /api/v1/statuses HTTP/1.1", "Host: x", f"Content-Type: {content_type}", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


async def answer_to_a_drip(port: int, *, content_type: str = FORM, every: float | None = 0.02) -> bytes:
    """What comes back for a body of which a byte comes now and then, or nothing at all, until the connection ends."""
    async with connection(port) as (reader, writer):
        writer.write(head(100_000, content_type))

        async def drip() -> None:
            with suppress(OSError):
                while every is not None and not writer.is_closing():
                    writer.write(b"a")
                    await writer.drain()
                    await asyncio.sleep(every)

        dripping = asyncio.ensure_future(drip())
        try:
            with suppress(ConnectionResetError):
                return await reader.read()
        finally:
            dripping.cancel()
    return b""


@pytest.mark.parametrize("every", [0.02, None], ids=["drips", "stands still"])
@pytest.mark.parametrize("content_type", [FORM, "application/json", "multipart/form-data; boundary=x"])
async def test_a_body_that_does_not_come_is_not_waited_for(
    client: Client, content_type: str, every: float | None
) -> None:
    """T084: as long as it goes on, others are answered."""
    port = client.port
    assert port is not None
    slow = [asyncio.ensure_future(answer_to_a_drip(port, content_type=content_type, every=every)) for _ in range(SLOW)]

    response = await client.get("/health")
    answers = await asyncio.gather(*slow)

    assert response.status == 200
    assert {answer.partition(b"\r\n")[0] for answer in answers} <= {b"HTTP/1.1 408 Request Timeout", b""}
    # A byte that comes after the end resets the connection, and may take the answer along.
    assert every is not None or all(b"The request took too long" in answer for answer in answers)


@pytest.mark.parametrize(
    ("elapsed", "seen", "total", "expected"),
    [
        (10, 0, 0, True),
        (10, 0, 1, False),
        (10, 7, 7, True),
        (30, 29, 30, False),
        (30.1, 30, 31, True),
        (3_000, 10**7, 10**8, False),
        (30 + 10**8 / 4096 + 1, 10**7, 10**8, True),
    ],
)
def test_a_large_body_has_longer_than_a_small_one(elapsed: float, seen: int, total: int, expected: bool) -> None:
    """T084: what goes on goes on, however long it takes in all, as long as it is no slower than the slowest line."""
    assert is_too_slow(Patience(), elapsed=elapsed, seen=seen, total=total) is expected


async def test_headers_that_never_end_are_not_waited_for() -> None:
    """T084."""
    app, port = web.Application(), free_port()
    app.router.add_get("/health", health)
    runner = await listening(app, "127.0.0.1", port, None, idle_seconds=0.3)
    try:
        async with connection(port) as (reader, writer):
            writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
    finally:
        await runner.cleanup()
