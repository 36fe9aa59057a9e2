"""/admin/moderation/appeals: who asks for a second look at what was done to them, and the bin opened for it alone."""

from aiohttp import web

from models.accounts import ADMIN
from models.moderation import REMOVED
from models.queries import appeals as reading
from server.actions import appeals, bin_opening
from server.actions.appeals import Letter
from server.actions.bin_opening import Opened
from server.admin.forms import number_in_address
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME, SERVICES
from server.http.offices import office_form, require_office
from server.http.pages import see


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/moderation/appeals/{id}."""
    return await _page_of_one(request, None)


async def open_bin(request: web.Request) -> web.Response:
    """POST /admin/moderation/appeals/{id}/open: the post that was taken out, on this answer and nowhere else."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        opened = await bin_opening.open_for_appeal(tx, runtime, by, number_in_address(request))
    return await _page_of_one(request, opened)


async def _page_of_one(request: web.Request, opened: Opened | None) -> web.Response:
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await reading.one(tx, number_in_address(request))
        if row is None:
            raise web.HTTPNotFound
        may_open = row.act == REMOVED and await bin_opening.holds(tx, runtime, row.post_id)
    return office_page(
        request,
        "admin/appeal.html",
        session,
        "moderation",
        row=row,
        opened=opened,
        may_open=may_open,
        is_concerned=session.who.actor_id in (row.person_id, row.by_id),
        most=appeals.MOST_TEXT,
    )


async def file_letter(request: web.Request) -> web.Response:
    """POST /admin/moderation/appeals/~letter: `person`, `community`, `act`, `text`, from a partner's administrators."""
    by, form = await office_form(request, ADMIN)
    given = {name: form.get(name, "") for name in Letter.__struct_fields__}
    async with request.app[RUNTIME].db.write() as tx:
        number = await appeals.file_letter(tx, request.app[RUNTIME], by, Letter(**given))
    return see(f"/admin/moderation/appeals/{number}")


async def decide(request: web.Request) -> web.Response:
    """POST /admin/moderation/appeals/{id}/settle."""
    by, form = await office_form(request, ADMIN)
    runtime, outcome = request.app[RUNTIME], form.get("outcome", "")
    await request.app[SERVICES].key_ring.refresh()
    async with runtime.db.write() as tx:
        await appeals.decide(tx, runtime, by, number_in_address(request), outcome, form.get("answer", ""))
    return see(f"/admin/moderation?done={outcome}")
