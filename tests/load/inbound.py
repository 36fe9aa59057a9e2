"""Receiving: Creates of opening posts by members at a partner, sixteen in flight, until every one is applied.

The community relays each to the partner. That its delivery is written down is counted here; the sending is not: the
partner's queue is held, as if another process were at it, and what a delivery costs is measured by `fan_out`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import uvloop

from models.engine import Database
from tests.load.cpu import Spent
from tests.load.floors import Parts, file_or_address, floor_of
from tests.load.http_load import Answers, send_all
from tests.load.letters import BASE_URL, DOMAIN, PUBLIC_PEM, create, deliveries
from tests.load.options import Options
from tests.load.report import Row
from tests.load.server_process import ServerUnderLoad
from tests.load.threads import write_threads
from tests.load.world import World

HOST = "sender.test"
IN_FLIGHT = 16
SENDERS = 50
_READERS = 5
COMMUNITY = f"{BASE_URL}/communities/sites"
_WARMING_UP = 200
_FEW, _MANY = 2_000, 50_000
SECONDS = 120.0


@dataclass(frozen=True)
class _Measured:
    """One run."""

    answers: Answers
    spent: Spent
    log_mib: float | None
    floor: float | None = None


def measure(options: Options) -> list[Row]:
    """CPU for each activity from its arrival until it is applied, and the time until the answer."""
    count = options.count(600, 4_000)
    with installed(options) as server:
        run = uvloop.run(_measure(server, _FEW, count, has_floor=True))
    p50, p99 = run.answers.milliseconds(0.5), run.answers.milliseconds(0.99)
    rows = [
        replace(Row.of("inbound Create", run.spent, count), p50=p50, p99=p99, floor=run.floor),
        Row("inbound Create, answer p99", p99, "ms", slowness=run.spent.slowness),
    ]
    if run.log_mib is not None:
        rows.append(Row("write-ahead log after inbound", run.log_mib, "MiB"))
    return rows


def measure_growth(options: Options) -> list[Row]:
    """The same with fifty thousand stored against two thousand; what the machine does meanwhile is taken out."""
    count, figures = 2_000, list[float]()
    for stored in (_FEW, _MANY):
        with installed(options) as server:
            run = uvloop.run(_measure(server, stored, count, has_floor=False))
        figures.append(run.spent.cpu / run.spent.slowness)
    few, many = figures
    return [Row("inbound Create, 50,000 against 2,000", 100 * (many / few - 1), "%")]


@contextmanager
def installed(options: Options) -> Iterator[ServerUnderLoad]:
    """A community of five people here, open to one partner."""
    with ServerUnderLoad(options, hosts=[HOST]) as server:
        server.install(*(f"reader{number}" for number in range(_READERS)))
        server.found("sites", host="reader0")
        server.firm.ask("partner", "allow", HOST)
        yield server


async def _measure(server: ServerUnderLoad, stored: int, count: int, *, has_floor: bool) -> _Measured:
    senders = await _prepare(server, stored)
    letters = _letters(senders, _WARMING_UP + count)
    await server.start()
    await server.hold_peers()
    await _send(server, letters[:_WARMING_UP])
    with server.measured("inbound") as spent:
        answers = await _send(server, letters[_WARMING_UP:])
    applied = await server.store.number("SELECT count(*) FROM posts WHERE kind = 'Page'")
    if applied != stored + len(letters):
        raise RuntimeError(f"{applied} posts are there, not {stored + len(letters)}")
    run = _Measured(answers, spent, server.log_mib)
    await server.stop()
    if not has_floor:
        return run
    parts = Parts(key=PUBLIC_PEM, database=file_or_address(server.database_url, server.folder))
    floor = await floor_of(parts, letters, IN_FLIGHT, expected=202, database_url=server.database_url)
    return replace(run, floor=floor)


async def _prepare(server: ServerUnderLoad, stored: int) -> list[str]:
    """Members here and there, and what was posted before; the addresses of the senders."""
    uris = [f"http://{HOST}/users/u{number}" for number in range(SENDERS)]
    db = Database(server.database_url)
    world = World(db)
    community_id = await world.actor_id("/communities/sites")
    senders = await world.people(uris)
    await world.join(community_id, senders)
    await world.join(community_id, [await world.person(f"reader{number}") for number in range(1, _READERS)])
    await write_threads(world, stored, communities=[community_id], authors=senders, has_letters=True)
    await world.settle()
    await db.close()
    return uris


def _letters(senders: list[str], count: int) -> list[bytes]:
    """Written one after the other, fifty milliseconds apart, until now."""
    now = datetime.now(UTC)
    bodies = []
    for number in range(count):
        uri, at = senders[number % SENDERS], now - (count - number) * timedelta(milliseconds=50)
        bodies.append((uri, create(uri, str(number), COMMUNITY, at)))
    return deliveries(DOMAIN, bodies)


async def _send(server: ServerUnderLoad, letters: list[bytes]) -> Answers:
    answers = await send_all(server.port, letters, IN_FLIGHT, expected=202)
    await server.store.until_none("inbox_activities WHERE state = 'pending'", SECONDS)
    return answers
