"""/admin/sheet: what a works council wants to know of this server, from live settings, to be printed."""

from aiohttp import web

from models.accounts import ADMIN
from server.actions import set_up_steps
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME, SETTINGS
from server.http.offices import office_form, require_office
from server.http.pages import see
from server.transparency import gather


async def show(request: web.Request) -> web.Response:
    """GET /admin/sheet."""
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        it = await gather(tx, request.app[SETTINGS], runtime.clock.now())
        handed_over_at = await set_up_steps.last(tx, set_up_steps.SHEET)
    return office_page(request, "admin/sheet.html", session, "sheet", it=it, handed_over_at=handed_over_at)


async def hand_over(request: web.Request) -> web.Response:
    """POST /admin/sheet/handed-over: the works council has it."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await set_up_steps.done(tx, runtime, by, set_up_steps.SHEET)
    return see("/admin/sheet?done=handed-over")
