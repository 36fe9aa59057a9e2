"""/admin/moderation: appeals, reports that hosts passed on or that nobody else sees, and single accounts at partners
that are blocked. Who, about whom, why: of a post nothing, but where it is gone and the bin is opened for it.
"""

from aiohttp import web

from models.accounts import ADMIN
from models.moderation import REPORT_RESOLVED
from models.proposals import ENTRY
from models.queries import administration, appeals, proposals, reports
from server.actions import bin_opening, blocking, report_desk
from server.actions.appeals import MOST_TEXT
from server.actions.bin_opening import Opened
from server.actions.refusals import Refused
from server.admin.forms import line, number_in_address
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see


async def show(request: web.Request) -> web.Response:
    """GET /admin/moderation: open reports, and the last that were closed."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        waiting = await reports.at_the_desk(tx)
        closed = await reports.at_the_desk(tx, state=REPORT_RESOLVED)
        appealed = await appeals.at_the_desk(tx, waiting=True)
        settled = await appeals.at_the_desk(tx, waiting=False)
        asked = await proposals.of_kind(tx, ENTRY, waiting=True)
        blocked = await administration.blocked(tx)
    return office_page(
        request,
        "admin/moderation.html",
        session,
        "moderation",
        waiting=waiting,
        closed=closed[:20],
        appealed=appealed,
        settled=settled[:20],
        asked=len(asked),
        blocked=blocked,
        most=MOST_TEXT,
    )


async def block(request: web.Request) -> web.Response:
    """POST /admin/moderation/~block: one account at a partner is refused and hidden."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        actor = await blocking.named(tx, runtime, line(form, "account"))
        await blocking.block(tx, runtime, actor, by=by.acct, reason=line(form, "reason"))
    return see("/admin/moderation?done=blocked")


async def unblock(request: web.Request) -> web.Response:
    """POST /admin/moderation/~unblock: not any more."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await blocking.unblock(tx, runtime, await blocking.named(tx, runtime, line(form, "account")), by=by.acct)
    return see("/admin/moderation?done=unblocked")


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/moderation/{id}."""
    return await _page_of_one(request, None)


async def open_bin(request: web.Request) -> web.Response:
    """POST /admin/moderation/{id}/open: the reported post, where it is gone, on this answer and nowhere else."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        opened = await bin_opening.open_for_report(tx, runtime, by, number_in_address(request))
    return await _page_of_one(request, opened)


async def _page_of_one(request: web.Request, opened: Opened | None) -> web.Response:
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        report = await reports.one_at_the_desk(tx, number_in_address(request))
        if report is None:
            raise web.HTTPNotFound
        may_open = await bin_opening.holds(tx, runtime, await reports.post_of(tx, report.id))
    return office_page(
        request, "admin/report.html", session, "moderation", report=report, opened=opened, may_open=may_open
    )


async def decide(request: web.Request) -> web.Response:
    """POST /admin/moderation/{id}/decide."""
    by, form = await office_form(request, ADMIN)
    decision = form.get("decision", "")
    if decision not in report_desk.DECISIONS:
        raise Refused(to_translate("“%(decision)s” is no decision."), decision=decision)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await report_desk.decide(tx, runtime, number_in_address(request), decision, by)
    return see(f"/admin/moderation?done={decision}")
