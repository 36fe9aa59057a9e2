"""The load generator: requests made beforehand, written over kept connections, so many in flight.

Not an HTTP client: it knows only answers with a Content-Length, and spends next to no CPU that the server could use.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

HOST = "127.0.0.1"


@dataclass
class Answers:
    """What came back. Times in seconds."""

    wall: float
    times: list[float] = field(default_factory=list)
    last_body: bytes = b""

    def milliseconds(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as it is written to the connection; `headers` begin with Host."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


async def send_all(port: int, requests: Sequence[bytes], in_flight: int, *, expected: int = 200) -> Answers:
    """Send every request once, in order, each connection one at a time. Raises `RuntimeError` at an odd answer."""
    waiting = iter(requests)
    answers = Answers(0.0)

    async def work() -> None:
        connection = await _Connection.open(port)
        try:
            for one in waiting:
                began = time.perf_counter()
                status, answers.last_body = await connection.ask(one)
                answers.times.append(time.perf_counter() - began)
                if status != expected:
                    raise RuntimeError(f"answered {status}, not {expected}: {answers.last_body[:300]!r}")
        finally:
            connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    answers.wall = time.perf_counter() - began
    return answers


async def ask(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """One GET on a connection of its own: status and body. Raises `OSError`."""
    connection = await _Connection.open(port)
    try:
        return await connection.ask(request("GET", path, [("Host", HOST), *(headers or {}).items()]))
    finally:
        connection.close()


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> "_Connection":
        """Connect to this machine."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports only behave like those of asyncio.
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, written: bytes) -> tuple[int, bytes]:
        """Write a request; status and body of the answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(written)
        return await self._answer

    def close(self) -> None:
        """Be done with it."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = bytes(self._received).partition(b"\r\n\r\n")
        if not separator:
            return
        length = content_length(head)
        if len(rest) >= length and self._answer is not None and not self._answer.done():
            self._received.clear()
            self._answer.set_result((int(head[9:12]), rest[:length]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed without an answer"))


def content_length(head: bytes) -> int:
    """How long the body after these header lines is; 0 where they do not say."""
    _, found, after = head.lower().partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found else 0
