"""/admin/requests: what people ask about their own data, until when it is answered, and what an erasure would do (J12).

For auditors. Archives go to the person, who fetches them; nobody else sees what is in one.
"""

import msgspec
from aiohttp import web

from models.accounts import AUDITOR
from models.queries import erasures
from models.queries import requests as reading
from models.requests import CONTENT, DONE, ERASURE, WAITING
from server.actions import data_requests, erasing
from server.admin.frame import office_page
from server.http.keys import RUNTIME, SETTINGS
from server.http.offices import office_form, require_office, whole_number
from server.http.pages import see


async def show(request: web.Request) -> web.Response:
    """GET /admin/requests."""
    session = await require_office(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        waiting, answered = await reading.waiting(tx), await reading.answered(tx)
    return office_page(
        request,
        "admin/requests.html",
        session,
        "requests",
        waiting=waiting,
        answered=answered,
        now=runtime.clock.now(),
    )


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/requests/{id}: with what an erasure would do."""
    session = await require_office(request, AUDITOR)
    async with request.app[RUNTIME].db.read() as tx:
        row = await reading.one(tx, number_in(request))
        if row is None:
            raise web.HTTPNotFound
        preview, held = None, 0
        if row.kind == ERASURE and row.state == WAITING:
            held = await reading.held_posts_of(tx, row.person_id) if row.scope == CONTENT else 0
            preview = await erasing.preview(tx, row.person, with_content=row.scope == CONTENT)
    return office_page(request, "admin/request.html", session, "requests", row=row, preview=preview, held=held)


def number_in(request: web.Request) -> int:
    """The request in the address; one that none has if it is none."""
    return max(0, whole_number(request.match_info["id"], 0))


async def ask_for(request: web.Request) -> web.Response:
    """POST /admin/requests/ask."""
    by, form = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    kind, _, scope = form.get("kind", "").partition("-")
    async with runtime.db.write() as tx:
        number = await data_requests.ask_for(
            tx, runtime, by, form.get("person", "").strip().removeprefix("@"), kind, scope
        )
    return see(f"/admin/requests/{number}?done=asked")


async def give_access(request: web.Request) -> web.Response:
    """POST /admin/requests/{id}/give."""
    by, _ = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await data_requests.give_access(tx, runtime, by, number_in(request))
    return see("/admin/requests?done=given")


async def refuse(request: web.Request) -> web.Response:
    """POST /admin/requests/{id}/refuse."""
    by, form = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await data_requests.refuse(tx, runtime, by, number_in(request), form.get("reason", ""))
    return see("/admin/requests?done=refused")


async def erase(request: web.Request) -> web.Response:
    """POST /admin/requests/{id}/erase."""
    by, _ = await office_form(request, AUDITOR)
    await data_requests.erase(request.app[RUNTIME], by, number_in(request), language=request.app[SETTINGS].language)
    return see(f"/admin/requests/{number_in(request)}?done=erased")


async def certificate(request: web.Request) -> web.Response:
    """GET /admin/requests/{id}/certificate: the document as it stands now, with what partners confirmed, signed."""
    await require_office(request, AUDITOR)
    async with request.app[RUNTIME].db.read() as tx:
        row = await reading.one(tx, number_in(request))
        erasure = None if row is None else await erasures.of_person(tx, row.person_id)
        if row is None or row.state != DONE or erasure is None:
            raise web.HTTPNotFound
        signed = await erasing.certificate(tx, request.app[RUNTIME], erasure.id)
    return web.Response(
        body=msgspec.json.encode(signed),
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="erasure-{erasure.id}.json"',
            "Cache-Control": "no-store",
        },
    )
