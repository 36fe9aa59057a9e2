"""What every endpoint of the client API begins and ends with."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from models.engine import ReadTx
from models.gate import Person
from models.queries import posts
from models.queries.actors import ActorRow
from models.queries.paging import Page
from models.queries.posts import EntryRow
from server.http.answers import json_answer, json_page
from server.http.errors import not_found
from server.http.keys import RUNTIME
from server.mastodon.entities import FilterContext
from server.mastodon.filtering import is_hidden
from server.mastodon.render import Renderer

RENDERER: Final = web.AppKey("renderer", Renderer)
"""Makes entities."""


async def status_answer(request: web.Request, entry_id: int, viewer: Person) -> web.Response:
    """One status as it is now. Raises `ApiError` 404."""
    async with request.app[RUNTIME].db.read() as tx:
        entry = await posts.entry(tx, entry_id, viewer)
        if entry is None:
            raise not_found()
        return json_answer(await request.app[RENDERER].status(tx, entry, viewer))


async def status_page(
    request: web.Request,
    tx: ReadTx,
    rows: Sequence[EntryRow],
    viewer: Person,
    page: Page,
    *,
    without_hidden: FilterContext | None = None,
) -> web.Response:
    """A page of statuses with its Link header; `without_hidden`: without what the viewer's filters hide there."""
    statuses = await request.app[RENDERER].statuses(tx, rows, viewer)
    if without_hidden is not None:
        statuses = [status for status in statuses if not is_hidden(status, without_hidden)]
    first, last = (rows[0].cursor, rows[-1].cursor) if rows else (None, None)
    return json_page(request, statuses, first, last, page, examined=len(rows))


async def account_page(
    request: web.Request, tx: ReadTx, rows: Sequence[tuple[int, ActorRow]], page: Page
) -> web.Response:
    """A page of accounts; cursors are ids of the relationship, not of the account."""
    accounts = await request.app[RENDERER].accounts(tx, [actor for _, actor in rows])
    first, last = (rows[0][0], rows[-1][0]) if rows else (None, None)
    return json_page(request, accounts, first, last, page)
