"""The partners' side: one process that stands for any number of hosts, takes every POST at once and counts it.

`python -m tests.load.null_peer PORT` (0: any) prints its port and runs until its standard input is closed.
"""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Self, cast

import uvloop

from tests.load.http_load import HOST, ask, content_length

_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
_COUNTS = b"GET /counts"


@dataclass
class Counts:
    """Deliveries taken so far; times on this machine's monotonic clock, of the first and the last since a reset."""

    taken: int = 0
    first_at: float = 0.0
    last_at: float = 0.0


class NullPeer:
    """The process, from outside."""

    def __init__(self, port: int = 0) -> None:
        command = [sys.executable, "-m", __name__, str(port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    async def counts(self) -> Counts:
        """What it has taken since the last call of `reset`."""
        return Counts(**json.loads((await ask(self.port, "/counts"))[1]))

    async def reset(self) -> None:
        """Count anew."""
        await ask(self.port, "/counts?reset")

    async def until(self, taken: int, seconds: float) -> Counts:
        """Wait for so many deliveries. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while True:
                counts = await self.counts()
                if counts.taken >= taken:
                    return counts
                await asyncio.sleep(0.005)


class _Connection(asyncio.Protocol):
    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports only behave like those of asyncio.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, separator, rest = self._received.partition(b"\r\n\r\n")
            length = content_length(head) if separator else 0
            if not separator or len(rest) < length:
                return
            self._received = rest[length:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        assert self._transport is not None
        if not head.startswith(b"GET "):
            counts = self._counts
            counts.taken += 1
            counts.last_at = time.monotonic()
            counts.first_at = counts.first_at or counts.last_at
            self._transport.write(_ACCEPTED)
            return
        body = json.dumps(vars(self._counts)).encode() if head.startswith(_COUNTS) else b""
        status = b"200 OK" if body else b"404 Not Found"
        self._transport.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        if head.startswith(b"GET /counts?reset"):
            self._counts.taken, self._counts.first_at = 0, 0.0


async def _serve(port: int) -> None:
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(counts), HOST, port, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
