"""/help/transparency: what is recorded here, who sees it, how long; for everybody who works here."""

from aiohttp import web

from server.http import sessions
from server.http.keys import RUNTIME, SETTINGS
from server.http.pages import page
from server.transparency import gather


async def show(request: web.Request) -> web.Response:
    """GET /help/transparency."""
    session = await sessions.require_session(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        it = await gather(tx, request.app[SETTINGS], runtime.clock.now())
    return page(request, "web/transparency.html", session=session, it=it)
