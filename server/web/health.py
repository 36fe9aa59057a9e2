"""/c/{handle}/health: how the community is, for those who lead it (product section 6, J8). Never who does what."""

from aiohttp import web

from models.queries import statistics as reading
from server.http import sessions
from server.http.keys import RUNTIME
from server.http.pages import page
from server.statistics.showing import lines
from server.web.places import address_of, led_by


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/health."""
    session = await sessions.require_session(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await led_by(tx, request, session.who.person)
        found = await lines(tx, row.actor.id)
        k = await reading.threshold(tx)
    return page(request, "web/health.html", session=session, row=row, address=address_of(row), found=found, k=k)
