"""What people talk about this week, among what the reader may read: hashtags, threads, pages. Other people's weeks may
look different. What only one person wrote is no trend, and nothing is ranked by who wrote it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web
from msgspec import structs

from models.gate import Person
from models.ids import first_id_at
from models.queries import posts, search
from models.queries.search import Use
from server.http.answers import json_answer
from server.http.auth import require_reader
from server.http.keys import RUNTIME
from server.http.params import params
from server.mastodon.carried import card_of
from server.mastodon.entities import Status, TrendsLink
from server.mastodon.tags import counted, history_of, searched_tag
from server.mastodon.tools import RENDERER

WEEK: Final = timedelta(days=7)
FEWEST_PEOPLE: Final = 2
MAX_OFFSET: Final = 10_000


def _since(at: datetime) -> int:
    return first_id_at(at - WEEK)


async def _window(request: web.Request, default: int, maximum: int) -> tuple[int, int]:
    given = await params(request)
    limit = given.integer("limit", default, minimum=1, maximum=maximum)
    return limit, given.integer("offset", 0, minimum=0, maximum=MAX_OFFSET)


def _ranked(uses: dict[str, list[Use]]) -> list[str]:
    """Those of several people, by how many people and how often."""
    people = {name: len({use.author_id for use in found}) for name, found in uses.items()}
    several = [name for name in uses if people[name] >= FEWEST_PEOPLE]
    return sorted(several, key=lambda name: (-people[name], -len(uses[name]), name))


async def list_tags(request: web.Request) -> web.Response:
    """GET /api/v1/trends/tags and /api/v1/trends, scope read:statuses."""
    viewer = await require_reader(request, "read:statuses")
    limit, offset = await _window(request, 10, 20)
    at = request.app[RUNTIME].clock.now()
    async with request.app[RUNTIME].db.read() as tx:
        known = await search.places(tx, viewer)
        uses = await search.tags_since(tx, viewer, known, at, _since(at))
    names = _ranked(uses)[offset : offset + limit]
    return json_answer([searched_tag(request, name, at, uses[name], known) for name in names])


async def list_links(request: web.Request) -> web.Response:
    """GET /api/v1/trends/links, scope read:statuses."""
    viewer = await require_reader(request, "read:statuses")
    limit, offset = await _window(request, 10, 20)
    at = request.app[RUNTIME].clock.now()
    async with request.app[RUNTIME].db.read() as tx:
        found = await search.links_since(tx, viewer, await search.places(tx, viewer), at, _since(at))
    shown: list[TrendsLink] = []
    for url in _ranked({url: uses for url, (_, uses) in found.items()})[offset : offset + limit]:
        details, uses = found[url]
        card = card_of(details)
        if card is not None:
            shown.append(TrendsLink(**structs.asdict(card), history=history_of(at.date(), counted(uses))))
    return json_answer(shown)


async def list_statuses(request: web.Request) -> web.Response:
    """GET /api/v1/trends/statuses, scope read:statuses. Threads in which several people took part."""
    viewer = await require_reader(request, "read:statuses")
    return json_answer(await _lively(request, viewer, *await _window(request, 20, 40)))


async def _lively(request: web.Request, viewer: Person, limit: int, offset: int) -> Sequence[Status]:
    at = request.app[RUNTIME].clock.now()
    async with request.app[RUNTIME].db.read() as tx:
        known = await search.places(tx, viewer)
        ids = await search.lively_since(
            tx, viewer, known, at, _since(at), fewest=FEWEST_PEOPLE, limit=limit, offset=offset
        )
        found = await posts.of_ids(tx, ids, viewer)
        rows = [found[one] for one in ids if one in found]
        return await request.app[RENDERER].statuses(tx, rows, viewer)
