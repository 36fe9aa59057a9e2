"""/metrics for Prometheus: on its own address where one is set, else on the main one for this machine alone (T132)."""

import asyncio
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from prometheus_client import Gauge, generate_latest

from models.peers import ENDED
from models.queries import peers, queues
from models.queries.peers import PeerHealth
from models.queries.queues import Waiting
from server.http.keys import RUNTIME, SETTINGS
from server.metrics import TASKS

WAITING: Final = Gauge("entrepairs_queue_rows", "Rows that wait: received activities, deliveries", ("queue",))
OLDEST: Final = Gauge("entrepairs_queue_oldest_seconds", "Age of the oldest row that waits", ("queue",))
PEER_BACKLOG: Final = Gauge("entrepairs_peer_backlog", "Deliveries that a partner is owed", ("peer",))
PEER_OLDEST: Final = Gauge(
    "entrepairs_peer_oldest_seconds", "Age of the oldest delivery that a partner is owed", ("peer",)
)
PEER_FAILURES: Final = Gauge("entrepairs_peer_failures", "Failed attempts in a row at a partner", ("peer",))

_FORWARDED: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


async def show(request: web.Request) -> web.Response:
    """GET /metrics on its own address."""
    runtime = request.app[RUNTIME]
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        found: dict[str, Waiting] = {"inbox": await queues.inbox(tx), "deliveries": await queues.deliveries(tx)}
        by_peer = [row for row in await peers.health(tx) if row.state != ENDED]
    for name, waiting in found.items():
        WAITING.labels(name).set(waiting.rows)
        OLDEST.labels(name).set(_age(waiting.oldest_at, now))
    _show_peers(by_peer, now)
    TASKS.set(len(asyncio.all_tasks()))
    return web.Response(body=generate_latest(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def _show_peers(rows: list[PeerHealth], now: datetime) -> None:
    """Partners alone, as they are now: one with whom the exchange has ended is not shown any more."""
    for gauge in (PEER_BACKLOG, PEER_OLDEST, PEER_FAILURES):
        gauge.clear()
    for row in rows:
        PEER_BACKLOG.labels(row.host).set(row.backlog)
        PEER_OLDEST.labels(row.host).set(_age(row.oldest_at, now))
        PEER_FAILURES.labels(row.host).set(row.failures)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


async def show_here(request: web.Request) -> web.Response:
    """GET /metrics on the main address: only for a program on this machine, and not where there is another address."""
    is_forwarded = any(name in request.headers for name in _FORWARDED)
    is_here = request.remote is not None and ip_address(request.remote).is_loopback
    if request.app[SETTINGS].metrics_address is not None or is_forwarded or not is_here:
        raise web.HTTPNotFound
    return await show(request)


ROUTES: Final = (("GET", "/metrics", show_here),)
