"""Sending: one post for members at two hundred hosts, and a queue of many such posts worked off.

All hosts are one process that takes everything at once, so what is measured is this server alone.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvloop

from models.engine import Database
from tests.load.cpu import Spent
from tests.load.floor_sender import floor_of_delivery
from tests.load.http_load import request, send_all
from tests.load.letters import DOMAIN
from tests.load.null_peer import NullPeer
from tests.load.options import Options
from tests.load.report import Row
from tests.load.server_process import ServerUnderLoad
from tests.load.world import World

HOSTS = [f"h{number}.test" for number in range(200)]
_SECONDS = 120.0


def measure(options: Options) -> list[Row]:
    """CPU for each delivery of a durable queue, deliveries per second, and how long until the last host has a post."""
    with NullPeer() as peer, members_everywhere(options, peer.port) as (server, token):
        return uvloop.run(_measure(options, server, peer, token))


@contextmanager
def members_everywhere(options: Options, peer_port: int) -> Iterator[tuple[ServerUnderLoad, str]]:
    """A server with a community that has a member at each of two hundred partners, and its host's token."""
    with ServerUnderLoad(options, hosts=HOSTS, peer_port=peer_port) as server:
        server.install("alice")
        server.found("sites", host="alice")
        server.firm.ask("partner", "allow", *HOSTS)
        uvloop.run(_join(server))
        yield server, server.token("alice")


async def _join(server: ServerUnderLoad) -> None:
    db = Database(server.database_url)
    world = World(db)
    members = await world.people([f"http://{host}/users/maya" for host in HOSTS])
    await world.join(await world.actor_id("/communities/sites"), members)
    await world.settle()
    await db.close()


def posting(token: str, number: int) -> bytes:
    """One post to the community, by its host's app."""
    text = f"@sites@{DOMAIN} How do you plan night shifts? ({number})\n\nHas anybody let the team draw its own rota?"
    body = json.dumps({"status": text, "visibility": "private"}).encode()
    headers = [("Host", DOMAIN), ("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")]
    return request("POST", "/api/v1/statuses", headers, body)


async def _measure(options: Options, server: ServerUnderLoad, peer: NullPeer, token: str) -> list[Row]:
    await server.start()
    for number in range(3):
        await _until_all_have(server, peer, posting(token, number))
    rounds = options.count(5, 20)
    times = [await _until_all_have(server, peer, posting(token, 10 + number)) for number in range(rounds)]
    posts = options.count(10, 40)
    spent, per_second = await _work_off(server, peer, [posting(token, 100 + number) for number in range(posts)])
    await server.stop()
    count = posts * len(HOSTS)
    floor, _ = await asyncio.to_thread(floor_of_delivery, peer.port, options.count(600, 4_000))
    middle, most = statistics.median(times), max(times)
    return [
        replace(Row.of("delivery", spent, count), per_second=per_second, floor=floor),
        Row(
            "200 hosts have a post after",
            middle,
            "s",
            p50=1000 * middle,
            p99=1000 * most,
            slowness=spent.slowness,
        ),
    ]


async def _until_all_have(server: ServerUnderLoad, peer: NullPeer, post: bytes) -> float:
    """Seconds from sending a post to the server until the last host has it."""
    await peer.reset()
    began = time.monotonic()
    await send_all(server.port, [post], 1)
    counts = await peer.until(len(HOSTS), _SECONDS)
    await server.store.until_none("deliveries", _SECONDS)
    return counts.last_at - began


async def _work_off(server: ServerUnderLoad, peer: NullPeer, posts: list[bytes]) -> tuple[Spent, float]:
    """Queue posts for peers that are held, let go, and wait until nothing is owed; what it cost, and how fast."""
    await server.hold_peers()
    await send_all(server.port, posts, 1)
    await peer.reset()
    with server.measured("fan-out") as spent:
        await server.release_peers()
        counts = await peer.until(len(posts) * len(HOSTS), _SECONDS)
        await server.store.until_none("deliveries", _SECONDS)
    return spent, (counts.taken - 1) / (counts.last_at - counts.first_at)
