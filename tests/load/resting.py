"""The server when it has nothing to do: how soon it is ready, how much memory it takes, empty and with a long queue."""

import asyncio
import statistics

import uvloop

from tests.load.fan_out import HOSTS, members_everywhere, posting
from tests.load.floors import FloorServer, Parts
from tests.load.http_load import send_all
from tests.load.null_peer import NullPeer
from tests.load.options import Options
from tests.load.report import Row
from tests.load.server_process import ServerUnderLoad

_DELIVERIES = 300_000
_STARTS = 3
_QUIET_SECONDS = 2.0
_COUNTED = 10_000
_SECONDS = 120.0


def measure(options: Options) -> list[Row]:
    """Time until it is ready on an empty database, and memory after a quiet moment. The floor: aiohttp with uvloop."""
    with ServerUnderLoad(options) as server:
        server.install("alice")
        seconds, memory = uvloop.run(_start(server, options.count(1, _STARTS)))
    with FloorServer(Parts()) as floor:
        return [
            Row("start until /readyz", seconds, "s", floor=floor.start_seconds),
            Row("memory, idle", memory, "MiB", floor=floor.memory_mib),
        ]


async def _start(server: ServerUnderLoad, times: int) -> tuple[float, float]:
    took, memory = [], 0.0
    for _ in range(times):
        took.append(await server.start())
        await asyncio.sleep(_QUIET_SECONDS)
        memory = server.memory_mib
        await server.stop()
    return statistics.median(took), memory


def measure_backlog(options: Options) -> list[Row]:
    """Fifteen hundred posts for members at two hundred hosts, none of which can be reached; then all of them can."""
    with members_everywhere(options, 0) as (server, token):
        return uvloop.run(_pile_up(server, token))


async def _pile_up(server: ServerUnderLoad, token: str) -> list[Row]:
    await server.start()
    posts = [posting(token, number) for number in range(_DELIVERIES // len(HOSTS))]
    await send_all(server.port, posts, 4)
    await asyncio.sleep(_QUIET_SECONDS)
    waiting = await server.store.number("SELECT count(*) FROM deliveries")
    if waiting != _DELIVERIES:
        raise RuntimeError(f"{waiting} deliveries wait, not {_DELIVERIES}")
    rows = [Row("memory, 300,000 deliveries queued", server.memory_mib, "MiB")]
    with NullPeer(server.peer_port) as peer:
        await server.release_peers()
        await peer.until(1, _SECONDS)
        with server.measured("backlog") as spent:
            before = (await peer.counts()).taken
            counts = await peer.until(before + _COUNTED, _SECONDS)
        rows.append(Row.of("delivery, 300,000 queued", spent, counts.taken - before))
        rows.append(Row("memory while they are delivered", server.memory_mib, "MiB"))
        await server.stop()
    return rows
