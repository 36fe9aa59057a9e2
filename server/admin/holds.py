"""/admin/holds: what legal cases hold, and asking for one (product J13). Two people open a case, and two close it.

Auditors see every case; administrators, who may only ask, see what they asked for.
"""

from typing import Final

import msgspec
from aiohttp import web

from models.accounts import ADMIN, AUDITOR
from models.cases import OPEN, PROPOSED
from models.engine import ReadTx
from models.gate import CaseReader
from models.proposals import CLOSE_CASE, OPEN_CASE
from models.queries import cases as reading
from models.queries import proposals
from models.queries.cases import CaseRow, Held
from models.queries.proposals import ProposalRow
from server.actions import cases
from server.actions.cases import Wanted
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME
from server.http.offices import office_form, officer, require_office, whole_number
from server.http.pages import see

_NOTHING: Final = Held(0, 0)


class Shown(msgspec.Struct, frozen=True):
    """A case as the page shows it."""

    case: CaseRow
    people: list[str]
    communities: list[str]
    asked: ProposalRow | None
    """Who asked for it, and who decided."""
    ending: ProposalRow | None
    """Somebody asks for its end."""
    held: Held


async def show(request: web.Request) -> web.Response:
    """GET /admin/holds."""
    session = await require_office(request, *BOTH)
    me = officer(session)
    async with request.app[RUNTIME].db.read() as tx:
        opening = {row.subject_id: row for row in await proposals.of_kind(tx, OPEN_CASE)}
        ending = {row.subject_id: row for row in await proposals.of_kind(tx, CLOSE_CASE, waiting=True)}
        rows = [
            row
            for row in await reading.all_of_them(tx)
            if me.role == AUDITOR or (row.id in opening and opening[row.id].by_id == me.actor_id)
        ]
        shown = [await _shown(tx, row, opening.get(row.id), ending.get(row.id)) for row in rows]
    return office_page(
        request,
        "admin/holds.html",
        session,
        "holds",
        proposed=[one for one in shown if one.case.state == PROPOSED],
        open_cases=[one for one in shown if one.case.state == OPEN],
        past=[one for one in shown if one.case.state not in (PROPOSED, OPEN)],
        me=me,
    )


async def _shown(tx: ReadTx, row: CaseRow, asked: ProposalRow | None, ending: ProposalRow | None) -> Shown:
    held = await reading.held_by(tx, CaseReader(row.id)) if row.state == OPEN else _NOTHING
    people, places = await reading.people(tx, row.id), await reading.communities(tx, row.id)
    return Shown(row, people, places, asked, ending, held)


async def propose(request: web.Request) -> web.Response:
    """POST /admin/holds/propose."""
    by, form = await office_form(request, *BOTH)
    wanted = Wanted(**{name: form.get(name, "") for name in Wanted.__struct_fields__})
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await cases.propose(tx, runtime, by, wanted)
    return see("/admin/holds?done=proposed")


async def decide(request: web.Request) -> web.Response:
    """POST /admin/holds/decide: whether a case is opened, or closed."""
    by, form = await office_form(request, AUDITOR)
    runtime, approves = request.app[RUNTIME], form.get("answer") == "yes"
    number, ends = whole_number(form.get("proposal", ""), 0), form.get("about") == "end"
    async with runtime.db.write() as tx:
        decision = cases.decide_closing if ends else cases.decide_opening
        await decision(tx, runtime, by, number, approves=approves)
    return see(f"/admin/holds?done={('closed' if ends else 'opened') if approves else 'declined'}")


async def ask_to_close(request: web.Request) -> web.Response:
    """POST /admin/holds/{id}/end."""
    by, form = await office_form(request, ADMIN, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await cases.propose_closing(tx, runtime, by, case_number(request), form.get("reason", ""))
    return see("/admin/holds?done=proposed")


async def ask_for_export(request: web.Request) -> web.Response:
    """POST /admin/holds/{id}/ask-export."""
    by, form = await office_form(request, ADMIN, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await cases.propose_export(tx, runtime, by, case_number(request), form.get("reason", ""))
    return see("/admin/holds?done=proposed")


def case_number(request: web.Request) -> int:
    """The case in the address; one that no case has if it is none."""
    return max(0, whole_number(request.match_info["id"], 0))
