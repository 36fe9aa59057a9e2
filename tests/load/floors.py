"""Measuring a floor: the same requests, sent the same way to the least server that could answer them."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from tests.load import floor_server
from tests.load.cpu import tree_cpu_seconds, tree_memory_mib
from tests.load.http_load import send_all
from tests.load.server_process import Store, plain

_WARMING_UP = 50


@dataclass(frozen=True)
class Parts:
    """What the floor does; see `floor_server`."""

    answer: str = ""
    key: str = ""
    database: str = ""


def file_or_address(database_url: str, folder: Path) -> str:
    """Where a floor stores: beside the database of the server under load, never in its tables."""
    return str(folder / "floor.db") if database_url.startswith("sqlite") else plain(database_url)


class FloorServer:
    """The process, from outside."""

    def __init__(self, parts: Parts) -> None:
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", floor_server.__name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(parts)) + "\n")
        self._process.stdin.flush()
        self.port = int(self._process.stdout.readline())
        self.start_seconds = time.monotonic() - began
        self.memory_mib = tree_memory_mib(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    @property
    def cpu_seconds(self) -> float:
        """So far."""
        return tree_cpu_seconds(self._process.pid)


async def floor_of(
    parts: Parts, requests: Sequence[bytes], in_flight: int, *, expected: int = 200, database_url: str = ""
) -> float:
    """CPU milliseconds for each of the requests, PostgreSQL's included. The first are not counted."""
    floor = await asyncio.to_thread(FloorServer, parts)
    with floor:
        await send_all(floor.port, requests[:_WARMING_UP], in_flight, expected=expected)
        counted = requests[_WARMING_UP:]
        store = await Store.open(database_url) if parts.database else None
        backends = await store.backends(database_url) if store else None
        if backends:
            backends.start()
        before = floor.cpu_seconds
        await send_all(floor.port, counted, in_flight, expected=expected)
        cpu = floor.cpu_seconds - before + (backends.stop() if backends else 0.0)
        if store:
            await store.close()
    return 1000 * cpu / len(counted)
