"""/partners: which firms this one exchanges with, which communities, since when, and what they may do there."""

from aiohttp import web

from models.queries import partners
from server.http import sessions
from server.http.csrf import token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page


async def show(request: web.Request) -> web.Response:
    """GET /partners, for everybody here (product section 5)."""
    session = await sessions.require_session(request)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await partners.everyone(tx)
        shared = await partners.shared(tx, session.who.person)
    nothing = partners.Shared([], [])
    return page(
        request,
        "web/partners.html",
        session=session,
        csrf=token_of_session(request, session),
        rows=[(row, shared.get(row.id, nothing)) for row in rows],
    )
