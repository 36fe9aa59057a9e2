"""/admin/backups: the last whole one, and how they are made and put back. Making one is the operator's."""

from aiohttp import web

from server.actions import backed_up
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME, SETTINGS
from server.http.offices import require_office


async def show(request: web.Request) -> web.Response:
    """GET /admin/backups."""
    session = await require_office(request, *BOTH)
    runtime, settings = request.app[RUNTIME], request.app[SETTINGS]
    async with runtime.db.read() as tx:
        last = await backed_up.last(tx)
    now = runtime.clock.now()
    return office_page(
        request,
        "admin/backups.html",
        session,
        "backups",
        last=last,
        is_good=backed_up.is_good(last, now),
        age=(now - last.made_at).total_seconds() if last else 0.0,
        is_sqlite=settings.sqlite_file is not None,
        has_folder=settings.media_url.startswith("file:"),
    )
