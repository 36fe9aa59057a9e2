"""/c/{handle}/log: what was done in a community and why, for those who lead it (product section 9, J8)."""

from typing import Final

from aiohttp import web

from models.queries import moderation_log
from models.queries.paging import Page
from server.http import sessions
from server.http.keys import RUNTIME
from server.http.offices import whole_number
from server.http.pages import page
from server.web.places import address_of, led_by

MOST_SHOWN: Final = 40


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/log?max_id=."""
    session = await sessions.require_session(request)
    before = whole_number(request.query.get("max_id", ""), 0)
    window = Page(max_id=before if before > 0 else None, since_id=None, min_id=None, limit=MOST_SHOWN)
    async with request.app[RUNTIME].db.read() as tx:
        row = await led_by(tx, request, session.who.person)
        entries = await moderation_log.of_community(tx, row.actor.id, window)
    return page(
        request,
        "web/moderation_log.html",
        session=session,
        row=row,
        address=address_of(row),
        entries=entries,
        older=entries[-1].id if len(entries) == MOST_SHOWN else None,
    )
