"""/admin/cases: work in a legal case that two people opened: looking things up, taking all of it out (product J13).

For auditors. What a case shows is the one silent look into communities, so each look stands in the audit trail.
"""

import asyncio
from typing import Final

from aiohttp import web

from models.accounts import AUDITOR
from models.cases import OPEN
from models.gate import CaseReader
from models.proposals import APPROVED, EXPORT_CASE
from models.queries import cases as reading
from models.queries import proposals
from server.actions import case_export, case_files, cases
from server.actions.case_files import MOST_FOUND, Finds
from server.admin.frame import office_page
from server.admin.holds import case_number
from server.http.keys import RUNTIME
from server.http.offices import office_form, officer, require_office, whole_number
from server.http.pages import see
from server.media.endpoint import UPLOADS

MOST_SOUGHT = 200
"""Characters of a search."""
_CHUNK_BYTES: Final = 256 * 1024


async def show(request: web.Request) -> web.Response:
    """GET /admin/cases: those that are open."""
    session = await require_office(request, AUDITOR)
    async with request.app[RUNTIME].db.read() as tx:
        rows = [row for row in await reading.all_of_them(tx) if row.state == OPEN]
        held = {row.id: await reading.held_by(tx, CaseReader(row.id)) for row in rows}
        waiting = await proposals.of_kind(tx, EXPORT_CASE, waiting=True)
    return office_page(
        request,
        "admin/cases.html",
        session,
        "cases",
        rows=rows,
        held=held,
        waiting=waiting,
        titles={row.id: row.title for row in rows},
        me=officer(session),
    )


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/cases/{id}."""
    await require_office(request, AUDITOR)
    return await _page_of_one(request, None, "")


async def search(request: web.Request) -> web.Response:
    """POST /admin/cases/{id}/search: a form, since each look stands in the trail."""
    by, form = await office_form(request, AUDITOR)
    text = form.get("text", "")[:MOST_SOUGHT]
    finds = await case_files.search(request.app[RUNTIME], by, case_number(request), text)
    return await _page_of_one(request, finds, text)


async def _page_of_one(request: web.Request, finds: Finds | None, text: str) -> web.Response:
    session = await require_office(request, AUDITOR)
    number = case_number(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await reading.one(tx, number)
        if row is None or row.opened_at is None:
            raise web.HTTPNotFound
        asked = await proposals.of_kind(tx, EXPORT_CASE, subject_id=number)
        people, places = await reading.people(tx, number), await reading.communities(tx, number)
        held = await reading.held_by(tx, CaseReader(number))
        exports = await reading.exports(tx, number)
    return office_page(
        request,
        "admin/case.html",
        session,
        "cases",
        row=row,
        finds=finds,
        text=text,
        most=MOST_FOUND,
        is_open=row.state == OPEN,
        may_export=any(one.outcome == APPROVED for one in asked),
        waits=any(one.outcome is None for one in asked),
        people=people,
        communities=places,
        held=held,
        exports=exports,
    )


async def decide_export(request: web.Request) -> web.Response:
    """POST /admin/cases/allow."""
    by, form = await office_form(request, AUDITOR)
    runtime, approves = request.app[RUNTIME], form.get("answer") == "yes"
    async with runtime.db.write() as tx:
        number = whole_number(form.get("proposal", ""), 0)
        await cases.decide_export(tx, runtime, by, number, approves=approves)
    return see(f"/admin/cases?done={'allowed' if approves else 'declined'}")


async def export(request: web.Request) -> web.StreamResponse:
    """POST /admin/cases/{id}/export: the zip file, once for each time that it was allowed."""
    by, _ = await office_form(request, AUDITOR)
    number = case_number(request)
    with await case_export.export(request.app[RUNTIME], request.app[UPLOADS].store, by, number) as made:
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Disposition": f'attachment; filename="case-{number}.zip"',
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        while chunk := await asyncio.to_thread(made.read, _CHUNK_BYTES):
            await response.write(chunk)
    await response.write_eof()
    return response
