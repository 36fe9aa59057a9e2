"""Hashtags: what they are, following them, and showing them on a profile."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from aiohttp import web

from federation.vocab.typed_text import hashtag_url
from models.engine import ReadTx
from models.feeds import tag_feed
from models.gate import Person
from models.queries import actors, tags
from models.queries.search import Places, Use
from server.actions import tags as actions
from server.http.answers import day, json_answer, json_page
from server.http.auth import require_reader, require_viewer
from server.http.errors import invalid, not_found
from server.http.keys import BASE_URL, RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import params, path_id, path_text
from server.mastodon.entities import FeaturedTag, HistoryDay, Tag
from server.services import Services

DAYS: Final = 7
Uses = Mapping[date, tuple[int, int]]


def _since(today: date) -> datetime:
    return datetime.combine(today - timedelta(days=DAYS - 1), time(), UTC)


def history_of(today: date, uses: Uses) -> list[HistoryDay]:
    """The last seven days, today first; what the reader may not see is not counted."""
    days = [today - timedelta(days=before) for before in range(DAYS)]
    midnights = [str(int(datetime.combine(one, time(), UTC).timestamp())) for one in days]
    counted = [uses.get(one, (0, 0)) for one in days]
    return [
        HistoryDay(day=midnight, uses=str(posts), accounts=str(people))
        for midnight, (posts, people) in zip(midnights, counted, strict=True)
    ]


def _tag(request: web.Request, name: str, today: date, uses: Uses, *, following: bool, featuring: bool) -> Tag:
    return Tag(
        id=str(-tag_feed(name)),
        name=name,
        url=hashtag_url(request.app[BASE_URL], name),
        history=history_of(today, uses),
        following=following,
        featuring=featuring,
    )


def searched_tag(request: web.Request, name: str, at: datetime, uses: Sequence[Use], known: Places) -> Tag:
    """A hashtag that was found, with the uses that were found of it."""
    bonds = {"following": name in known.followed_tags, "featuring": name in known.featured_tags}
    return _tag(request, name, at.date(), counted(uses), **bonds)


def counted(uses: Sequence[Use]) -> Uses:
    """By day: how many posts, and by how many people."""
    by_day: dict[date, list[int]] = {}
    for use in uses:
        by_day.setdefault(use.day, []).append(use.author_id)
    return {one: (len(authors), len(set(authors))) for one, authors in by_day.items()}


async def read_tag(request: web.Request) -> web.Response:
    """GET /api/v1/tags/:name, scope read:follows. Also one that was never used; 404 for an illegal name."""
    viewer = await require_reader(request, "read:follows")
    return await _shown(request, viewer, actions.tag_name(path_text(request, "name")))


async def _shown(request: web.Request, viewer: Person, name: str) -> web.Response:
    runtime, feed_id = request.app[RUNTIME], tag_feed(name)
    today = runtime.clock.now().date()
    async with runtime.db.read() as tx:
        following, featuring = await tags.bonds(tx, viewer.actor_id, name)
        uses = await tags.uses(tx, [feed_id], viewer, _since(today))
    return json_answer(_tag(request, name, today, uses.get(feed_id, {}), following=following, featuring=featuring))


async def follow_tag(request: web.Request) -> web.Response:
    """POST /api/v1/tags/:name/follow, scope write:follows."""
    return await _change(request, "write:follows", actions.follow)


async def unfollow_tag(request: web.Request) -> web.Response:
    """POST /api/v1/tags/:name/unfollow, scope write:follows."""
    return await _change(request, "write:follows", actions.unfollow)


async def feature_tag(request: web.Request) -> web.Response:
    """POST /api/v1/tags/:name/feature, scope write:accounts."""
    return await _change(request, "write:accounts", actions.feature)


async def unfeature_tag(request: web.Request) -> web.Response:
    """POST /api/v1/tags/:name/unfeature, scope write:accounts."""
    return await _change(request, "write:accounts", actions.unfeature)


async def _change(
    request: web.Request, scope: str, act: Callable[[Services, Person, str], Awaitable[bool | None]]
) -> web.Response:
    viewer = await require_viewer(request, scope)
    name = actions.tag_name(path_text(request, "name"))
    await act(request.app[SERVICES], viewer, name)
    return await _shown(request, viewer, name)


async def list_followed(request: web.Request) -> web.Response:
    """GET /api/v1/followed_tags, scope read:follows. A web client asks before each timeline."""
    viewer = await require_viewer(request, "read:follows")
    page = parse_page(await params(request), 100, 200)
    runtime = request.app[RUNTIME]
    today = runtime.clock.now().date()
    async with runtime.db.read() as tx:
        rows = await tags.followed(tx, viewer.actor_id, page)
        uses = await tags.uses(tx, [row.feed_id for row in rows], viewer, _since(today))
        shown = {row.name for row in await tags.featured(tx, viewer.actor_id)}
    found = [
        _tag(request, row.name, today, uses.get(row.feed_id, {}), following=True, featuring=row.name in shown)
        for row in rows
    ]
    first, last = (rows[0].id, rows[-1].id) if rows else (None, None)
    return json_page(request, found, first, last, page)


async def list_featured(request: web.Request) -> web.Response:
    """GET /api/v1/featured_tags, scope read:accounts. One's own."""
    viewer = await require_viewer(request, "read:accounts")
    async with request.app[RUNTIME].db.read() as tx:
        return json_answer(await _featured(request, tx, viewer.actor_id, viewer))


async def account_featured(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id/featured_tags, scope read:accounts. Counted are the posts that the reader may see."""
    viewer = await require_reader(request, "read:accounts")
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.known_by_id(tx, path_id(request), viewer)
        if actor is None:
            raise not_found()
        return json_answer(await _featured(request, tx, actor.id, viewer))


async def _featured(request: web.Request, tx: ReadTx, person_id: int, viewer: Person) -> list[FeaturedTag]:
    rows = await tags.featured(tx, person_id)
    uses = await tags.uses_by(tx, person_id, rows, viewer)
    return [
        FeaturedTag(
            id=str(row.id),
            name=row.name,
            url=hashtag_url(request.app[BASE_URL], row.name),
            statuses_count=str(uses[row.feed_id][0]) if row.feed_id in uses else "0",
            last_status_at=day(uses[row.feed_id][1]) if row.feed_id in uses else None,
        )
        for row in rows
    ]


async def add_featured(request: web.Request) -> web.Response:
    """POST /api/v1/featured_tags, scope write:accounts."""
    viewer = await require_viewer(request, "write:accounts")
    name = actions.tag_name((await params(request)).required("name"))
    if not await actions.feature(request.app[SERVICES], viewer, name):
        raise invalid("Tag has already been taken")
    async with request.app[RUNTIME].db.read() as tx:
        found = await _featured(request, tx, viewer.actor_id, viewer)
    return json_answer(next(one for one in found if one.name == name))


async def delete_featured(request: web.Request) -> web.Response:
    """DELETE /api/v1/featured_tags/:id, scope write:accounts."""
    viewer = await require_viewer(request, "write:accounts")
    await actions.unfeature_by_id(request.app[SERVICES], viewer, path_id(request))
    return json_answer({})
