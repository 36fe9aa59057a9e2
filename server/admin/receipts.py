"""/admin/agreements/{host}/receipts: what a partner was asked to delete, what it confirmed, and what is left (J10).

Addresses of posts and communities, which are in the documents too, are for auditors alone (product section 9).
"""

from typing import Final

from aiohttp import web

from models.accounts import ADMIN, AUDITOR
from models.queries import peers
from server.actions import receipts
from server.actions.refusals import NotThere
from server.admin.forms import number_in_address
from server.admin.frame import BOTH, office_page
from server.http.answers import json_answer
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see

_SHOWN: Final = 200


async def show(request: web.Request) -> web.Response:
    """GET /admin/agreements/{host}/receipts; with `open` only what is not confirmed."""
    session = await require_office(request, *BOTH)
    runtime, host = request.app[RUNTIME], request.match_info["host"]
    only_open = "open" in request.query
    async with runtime.db.read() as tx:
        await _require_partner(request)
        found = await receipts.report(tx, runtime, host)
        lines = await receipts.lines(tx, runtime, host, only_open=only_open, most=_SHOWN)
    return office_page(
        request, "admin/receipts.html", session, "agreements", it=found, lines=lines, only_open=only_open, most=_SHOWN
    )


async def report(request: web.Request) -> web.Response:
    """GET /admin/agreements/{host}/report/document: the closing report, to keep."""
    await require_office(request, AUDITOR)
    await _require_partner(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        found = await receipts.report(tx, runtime, request.match_info["host"])
    headers = {"Content-Disposition": f'attachment; filename="report-{found.domain}.json"', "Cache-Control": "no-store"}
    return json_answer(found, headers=headers)


async def letter(request: web.Request) -> web.Response:
    """GET /admin/agreements/{host}/receipts/{id}/document: the partner's signed confirmation of one request; with
    `held` the one before it, which said that it is held for legal reasons.
    """
    await require_office(request, AUDITOR)
    await _require_partner(request)
    runtime, number = request.app[RUNTIME], number_in_address(request)
    which = receipts.letter_of_hold if "held" in request.query else receipts.letter
    async with runtime.db.read() as tx:
        found = await which(tx, runtime, request.match_info["host"], number)
    headers = {"Content-Disposition": f'attachment; filename="receipt-{number}.json"', "Cache-Control": "no-store"}
    return json_answer(found, headers=headers)


async def ask_again(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/receipts/again: write what is open once more now."""
    by, _ = await office_form(request, ADMIN)
    await _require_partner(request)
    runtime, host = request.app[RUNTIME], request.match_info["host"]
    async with runtime.db.write() as tx:
        await receipts.ask_again(tx, runtime, host, by=by.acct)
    return see(f"/admin/agreements/{host.lower()}/receipts?done=again")


async def _require_partner(request: web.Request) -> None:
    async with request.app[RUNTIME].db.read() as tx:
        if await peers.by_host(tx, request.match_info["host"].lower()) is None:
            raise NotThere(to_translate("There is no such partner."))
