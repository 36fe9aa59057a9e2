"""What people's apps ask for: timelines and notifications over ten thousand posts, a new post, an actor document.

Three members take turns, so that nothing that is kept for one viewer could help another.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvloop

from models.engine import Database
from tests.load.floors import Parts, file_or_address, floor_of
from tests.load.http_load import request, send_all
from tests.load.letters import BASE_URL, DOMAIN, PUBLIC_PEM, signed_gets
from tests.load.options import Options
from tests.load.report import Row
from tests.load.server_process import ServerUnderLoad
from tests.load.threads import write_threads
from tests.load.world import World

_READERS = ("alice", "bruno", "chloe")
_COMMUNITIES = ("sites", "rotas", "careers", "budgets", "first_year")
_PARTNERS = [f"p{number}.test" for number in range(10)]
_AUTHORS = 40
_POSTS = 10_000
_NOTICES = 200
_IN_FLIGHT = 4
_WARMING_UP = 50


@dataclass(frozen=True)
class _Work:
    """One kind of request, ready to be sent."""

    name: str
    requests: list[bytes]
    floor: Parts
    """Its answer is filled in with what the server said last."""


class _Readers:
    """The people who ask: their tokens and lists."""

    def __init__(self, tokens: Sequence[str], lists: Sequence[int]) -> None:
        self._tokens = tokens
        self._lists = lists

    def get(self, path: str, count: int) -> list[bytes]:
        """So many GETs by everybody in turn; `{list}` in the path is the reader's list of the first community."""
        return [
            request("GET", path.format(list=self._lists[turn]), self._headers(turn))
            for turn in (number % len(self._tokens) for number in range(count))
        ]

    def post(self, count: int) -> list[bytes]:
        """So many new posts by everybody in turn."""
        written = []
        for number in range(count):
            text = (
                f"@sites@{DOMAIN} How do you plan night shifts? ({number})\n\nHas anybody let the team draw its rota?"
            )
            body = json.dumps({"status": text, "visibility": "private", "id": f"floor-{number}"}).encode()
            headers = [*self._headers(number % len(self._tokens)), ("Content-Type", "application/json")]
            written.append(request("POST", "/api/v1/statuses", headers, body))
        return written

    def _headers(self, turn: int) -> list[tuple[str, str]]:
        return [("Host", DOMAIN), ("Authorization", f"Bearer {self._tokens[turn]}"), ("Accept", "application/json")]


def measure(options: Options, kinds: Sequence[str]) -> list[Row]:
    """Those of the kinds in `KINDS` that are asked for."""
    with _installed(options) as server:
        tokens = [server.token(name) for name in _READERS]
        return uvloop.run(_measure(options, server, tokens, kinds))


@contextmanager
def _installed(options: Options) -> Iterator[ServerUnderLoad]:
    """Three people, five communities, ten partners, all posts."""
    with ServerUnderLoad(options, hosts=_PARTNERS) as server:
        server.install(*_READERS)
        for name in _COMMUNITIES:
            server.found(name, host=_READERS[0])
        server.firm.ask("partner", "allow", *_PARTNERS)
        yield server


async def _measure(options: Options, server: ServerUnderLoad, tokens: Sequence[str], kinds: Sequence[str]) -> list[Row]:
    await _fill(server)
    await server.start()
    await server.hold_peers()
    lists = [await _list_of(server, name) for name in _READERS]
    readers = _Readers(tokens, lists)
    works = [work for kind in kinds for work in KINDS[kind](options, readers, server)]
    measured = [await _measure_one(server, work) for work in works]
    await server.stop()
    return [await _with_floor(server, row, work, answer) for (row, answer), work in zip(measured, works, strict=True)]


async def _fill(server: ServerUnderLoad) -> None:
    db = Database(server.database_url)
    world = World(db)
    communities = [await world.actor_id(f"/communities/{name}") for name in _COMMUNITIES]
    readers = [await world.person(name) for name in _READERS]
    authors = await world.people([f"http://{_PARTNERS[n % 10]}/users/author{n}" for n in range(_AUTHORS)])
    for community_id in communities:
        await world.join(community_id, [*readers[1:], *authors])
    posts = await write_threads(world, _POSTS, communities=communities, authors=authors, has_letters=False)
    for reader in readers:
        await world.notices(reader.id, authors, posts[-_NOTICES:])
    await world.settle()
    await db.close()


async def _list_of(server: ServerUnderLoad, name: str) -> int:
    return await server.store.number(
        "SELECT f.id FROM follows f JOIN actors me ON me.id = f.follower_id JOIN actors c ON c.id = f.target_id "
        f"WHERE me.uri = '{BASE_URL}/users/{name}' AND c.uri = '{BASE_URL}/communities/{_COMMUNITIES[0]}'"
    )


async def _measure_one(server: ServerUnderLoad, work: _Work) -> tuple[Row, str]:
    await send_all(server.port, work.requests[:_WARMING_UP], _IN_FLIGHT)
    counted = work.requests[_WARMING_UP:]
    with server.measured(work.name) as spent:
        answers = await send_all(server.port, counted, _IN_FLIGHT)
    row = replace(Row.of(work.name, spent, len(counted)), p50=answers.milliseconds(0.5), p99=answers.milliseconds(0.99))
    return row, answers.last_body.decode()


async def _with_floor(server: ServerUnderLoad, row: Row, work: _Work, answer: str) -> Row:
    parts = replace(work.floor, answer=answer)
    return replace(row, floor=await floor_of(parts, work.requests, _IN_FLIGHT, database_url=server.database_url))


def _pages(path: str, name: str) -> Callable[[Options, _Readers, ServerUnderLoad], list[_Work]]:
    """The page of twenty and the page of forty."""

    def works(options: Options, readers: _Readers, _: ServerUnderLoad) -> list[_Work]:
        count = _WARMING_UP + options.count(150, 1_000)
        return [_Work(f"{name} of {limit}", readers.get(f"{path}?limit={limit}", count), Parts()) for limit in (20, 40)]

    return works


def _notifications(options: Options, readers: _Readers, _: ServerUnderLoad) -> list[_Work]:
    count = _WARMING_UP + options.count(150, 1_000)
    return [_Work("notifications of 40", readers.get("/api/v1/notifications?limit=40", count), Parts())]


def _publish(options: Options, readers: _Readers, server: ServerUnderLoad) -> list[_Work]:
    """To a community with members at ten hosts; the floor decodes it and makes five inserts."""
    requests = readers.post(_WARMING_UP + options.count(150, 800))
    parts = Parts(database=file_or_address(server.database_url, server.folder))
    return [_Work("publish a post", requests, parts)]


def _actor(options: Options, _readers: _Readers, _server: ServerUnderLoad) -> list[_Work]:
    """By partners' people, each GET with a signature of its own; the floor checks it."""
    count = _WARMING_UP + options.count(400, 2_000)
    uris = [f"http://{_PARTNERS[n % 10]}/users/author{n % _AUTHORS}" for n in range(count)]
    requests = signed_gets(f"{BASE_URL}/users/{_READERS[0]}", uris)
    return [_Work("actor document, signed GET", requests, Parts(key=PUBLIC_PEM))]


KINDS: dict[str, Callable[[Options, _Readers, ServerUnderLoad], list[_Work]]] = {
    "home": _pages("/api/v1/timelines/home", "home timeline"),
    "list": _pages("/api/v1/timelines/list/{list}", "list timeline"),
    "notifications": _notifications,
    "publish": _publish,
    "actor": _actor,
}
"""Kinds of work by the name that the command line has for them. Publishing comes after reading: it adds posts."""
