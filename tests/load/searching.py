"""What is read out of very much: the context of a long thread, words among a hundred thousand posts; and how the cost
of reading grows from ten thousand posts to a million.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta

import uvloop

from models.engine import Database
from models.posts import COMMUNITY
from models.writes import posts
from models.writes.posts import NewPost
from tests.load.copies import copy_threads
from tests.load.floors import Parts, floor_of
from tests.load.http_load import request, send_all
from tests.load.letters import BASE_URL, DOMAIN, PARAGRAPH
from tests.load.options import Options
from tests.load.report import Row
from tests.load.server_process import ServerUnderLoad
from tests.load.threads import PERIOD, Rare, write_threads
from tests.load.world import Somebody, World

_READER = "alice"
_AUTHORS = 40
_PARTNERS = [f"p{number}.test" for number in range(10)]
_REPLIES = 500
_POSTS = 100_000
_SMALL, _COPIES = 10_000, 99
_MATCHES = 100
"""Posts that have the rare word, however many there are."""
_IN_FLIGHT = 4
_WARMING_UP = 20
_RARE = "xylophone"
_PATHS = {
    "home timeline of 20": "/api/v1/timelines/home?limit=20",
    "community's posts of 20": "/api/v1/accounts/{community}/statuses?limit=20",
    "search of 20": f"/api/v2/search?q={_RARE}&type=statuses&limit=20",
    "search of a frequent word": "/api/v2/search?q=night&type=statuses&limit=20",
}


def measure(options: Options, kinds: Sequence[str]) -> list[Row]:
    """A thread of five hundred replies, and words among a hundred thousand posts."""
    count = options.count(5_000, _POSTS) if "search" in kinds else 0
    with _installed(options) as server:
        token = server.token(_READER)
        return uvloop.run(_measure(options, server, token, kinds, count))


async def _measure(
    options: Options, server: ServerUnderLoad, token: str, kinds: Sequence[str], count: int
) -> list[Row]:
    async with _filled(server, count) as (world, community_id, authors):
        thread_id = await _long_thread(world, community_id, authors)
    await server.start()
    await server.hold_peers()
    paths: dict[str, str] = {}
    if "context" in kinds:
        paths["context of 500 replies"] = f"/api/v1/statuses/{thread_id}/context"
    if "search" in kinds:
        paths |= {name: path for name, path in _PATHS.items() if name.startswith("search")}
    measured = [await _one(options, server, token, name, path) for name, path in paths.items()]
    await server.stop()
    return [await _with_floor(server, *one) for one in measured]


def measure_growth(options: Options) -> list[Row]:
    """The same reads over a million posts against ten thousand; what the machine does meanwhile is taken out."""
    figures: dict[str, list[float]] = {name: [] for name in _PATHS}
    for copies in (0, _COPIES):
        with _installed(options) as server:
            token = server.token(_READER)
            for row in uvloop.run(_measure_reads(options, server, token, copies)):
                figures[row.name].append(row.figure / row.slowness)
    return [
        Row(f"{name}, 1,000,000 posts against 10,000", 100 * (many / few - 1), "%")
        for name, (few, many) in figures.items()
    ]


async def _measure_reads(options: Options, server: ServerUnderLoad, token: str, copies: int) -> list[Row]:
    async with _filled(server, _SMALL, copies) as (_, community_id, _authors):
        paths = {name: path.replace("{community}", str(community_id)) for name, path in _PATHS.items()}
    await server.start()
    await server.hold_peers()
    measured = [await _one(options, server, token, name, path) for name, path in paths.items()]
    await server.stop()
    return [row for row, _, _ in measured]


@contextmanager
def _installed(options: Options) -> Iterator[ServerUnderLoad]:
    """One person, one community, ten partners."""
    with ServerUnderLoad(options, hosts=_PARTNERS) as server:
        server.install(_READER)
        server.found("sites", host=_READER)
        server.firm.ask("partner", "allow", *_PARTNERS)
        yield server


@asynccontextmanager
async def _filled(
    server: ServerUnderLoad, count: int, copies: int = 0
) -> AsyncIterator[tuple[World, int, list[Somebody]]]:
    """So many threads of five days, of which a hundred have the rare word, and copies that have it not."""
    db = Database(server.database_url)
    world = World(db)
    community_id = await world.actor_id("/communities/sites")
    authors = await world.people([f"http://{_PARTNERS[n % 10]}/users/author{n}" for n in range(_AUTHORS)])
    await world.join(community_id, authors)
    rare = Rare(_RARE, max(count // _MATCHES, 1))
    period = PERIOD / (copies + 1)
    await write_threads(
        world, count, communities=[community_id], authors=authors, has_letters=False, rare=rare, period=period
    )
    await copy_threads(world, copies, apart=period + timedelta(minutes=1), rare=_RARE)
    yield world, community_id, authors
    await world.settle()
    await db.close()


async def _long_thread(world: World, community_id: int, authors: Sequence[Somebody]) -> int:
    """An opening post and its replies, all of this moment; the id."""
    thread_id = world.ids.next(world.now)
    rows = [_post(world, community_id, authors[0], thread_id, thread_id)]
    for number in range(_REPLIES):
        author = authors[number % len(authors)]
        rows.append(_post(world, community_id, author, world.ids.next(world.now), thread_id))
    async with world.db.write() as tx:
        await posts.add(tx, rows)
    return thread_id


def _post(world: World, community_id: int, author: Somebody, post_id: int, thread_id: int) -> NewPost:
    is_opening = post_id == thread_id
    uri = f"{author.uri}/posts/{post_id}"
    return NewPost(
        id=post_id,
        uri=uri,
        url=uri,
        author_id=author.id,
        peer_id=author.peer_id,
        audience=COMMUNITY,
        community_id=community_id,
        parent_id=None if is_opening else thread_id,
        parent_uri=None if is_opening else f"{BASE_URL}/opening",
        thread_id=thread_id,
        content_html=f"<p>{PARAGRAPH}</p>",
        published_at=world.now,
        received_at=world.now,
    )


async def _one(
    options: Options, server: ServerUnderLoad, token: str, name: str, path: str
) -> tuple[Row, list[bytes], str]:
    headers = [("Host", DOMAIN), ("Authorization", f"Bearer {token}"), ("Accept", "application/json")]
    requests = [request("GET", path, headers)] * (_WARMING_UP + options.count(50, 300))
    await send_all(server.port, requests[:_WARMING_UP], _IN_FLIGHT)
    counted = requests[_WARMING_UP:]
    with server.measured(name) as spent:
        answers = await send_all(server.port, counted, _IN_FLIGHT)
    row = replace(Row.of(name, spent, len(counted)), p50=answers.milliseconds(0.5), p99=answers.milliseconds(0.99))
    return row, requests, answers.last_body.decode()


async def _with_floor(server: ServerUnderLoad, row: Row, requests: list[bytes], answer: str) -> Row:
    floor = await floor_of(Parts(answer=answer), requests, _IN_FLIGHT, database_url=server.database_url)
    return replace(row, floor=floor)
