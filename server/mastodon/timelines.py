"""Timelines, bookmarks and favourites: pages of statuses."""

from aiohttp import web

from models.gate import ActingCommunity
from models.queries import feeds, follows, lists
from models.queries.feeds import MOST_FURTHER_TAGS, Tagged
from server.http.auth import require_reader, require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME
from server.http.paging import parse_page
from server.http.params import Params, params, path_id, path_text
from server.mastodon import acting
from server.mastodon.tools import status_page


async def home_timeline(request: web.Request) -> web.Response:
    """GET /api/v1/timelines/home, scope read:statuses. Communities joined (opening posts) and people followed."""
    viewer = await require_viewer(request, "read:statuses")
    if isinstance(viewer, ActingCommunity):
        return await acting.home(request, viewer)
    page = parse_page(await params(request), 20, 40)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await feeds.home(tx, viewer, page, runtime.clock.now())
        return await status_page(request, tx, rows, viewer, page, without_hidden="home")


async def list_timeline(request: web.Request) -> web.Response:
    """GET /api/v1/timelines/list/:id, scope read:lists. A joined community is one list, beside one's own."""
    viewer = await require_viewer(request, "read:lists")
    page = parse_page(await params(request), 20, 40)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        list_id = path_id(request, "list_id")
        rows = await feeds.kept_list(tx, list_id, viewer, page, runtime.clock.now())
        rows = rows or await feeds.own_list(tx, list_id, viewer, page, runtime.clock.now())
        # Asked only where nothing came: a page with something on it is of a list that is there.
        kept = await follows.membership(tx, list_id, viewer.actor_id) if not rows else None
        is_kept = kept is not None and not kept[0].list_hidden
        if not rows and not is_kept and await lists.own(tx, list_id, viewer.actor_id) is None:
            raise not_found()
        return await status_page(request, tx, rows, viewer, page)


async def tag_timeline(request: web.Request) -> web.Response:
    """GET /api/v1/timelines/tag/:hashtag, scope read:statuses."""
    viewer = await require_reader(request, "read:statuses")
    given = await params(request)
    page = parse_page(given, 20, 40)
    name = path_text(request, "hashtag").lstrip("#").lower()
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await feeds.tag(tx, name, viewer, page, runtime.clock.now(), _tagged(given))
        return await status_page(request, tx, rows, viewer, page)


def _tagged(given: Params) -> Tagged:
    any_of, all_of, none_of = (
        tuple(one.lstrip("#").lower() for one in given.strings(name, MOST_FURTHER_TAGS))
        for name in ("any", "all", "none")
    )
    return Tagged(
        any_of=any_of,
        all_of=all_of,
        none_of=none_of,
        with_files=given.boolean("only_media"),
        is_local=given.boolean("local"),
        is_remote=given.boolean("remote"),
    )


async def public_timeline(request: web.Request) -> web.Response:
    """GET /api/v1/timelines/public, scope read:statuses. What all of the firm may read; never for strangers."""
    viewer = await require_reader(request, "read:statuses")
    given = await params(request)
    page = parse_page(given, 20, 40)
    runtime, is_local, is_remote = request.app[RUNTIME], given.boolean("local"), given.boolean("remote")
    with_files = given.boolean("only_media")
    async with runtime.db.read() as tx:
        rows = await feeds.firm(
            tx, viewer, page, runtime.clock.now(), is_local=is_local, is_remote=is_remote, with_files=with_files
        )
        return await status_page(request, tx, rows, viewer, page)


async def list_bookmarks(request: web.Request) -> web.Response:
    """GET /api/v1/bookmarks, scope read:bookmarks."""
    viewer = await require_viewer(request, "read:bookmarks")
    page = parse_page(await params(request), 20, 40)
    async with request.app[RUNTIME].db.read() as tx:
        return await status_page(request, tx, await feeds.bookmarks(tx, viewer, page), viewer, page)


async def list_favourites(request: web.Request) -> web.Response:
    """GET /api/v1/favourites, scope read:favourites."""
    viewer = await require_viewer(request, "read:favourites")
    page = parse_page(await params(request), 20, 40)
    async with request.app[RUNTIME].db.read() as tx:
        return await status_page(request, tx, await feeds.favourites(tx, viewer, page), viewer, page)
