"""/c/{handle}/desk and /requests: what waits for those who lead a community (product J8)."""

from typing import Final

from aiohttp import web

from models.communities import HOST_ROLE
from models.queries import communities, peers, quiet, reports
from models.queries import trials as trial_rows
from models.queries.paging import Page
from models.queries.rules import rules
from models.trials import MOST_MEMBERS
from server.actions import follows, helping, hosting, moderation, retention, trials
from server.actions.refusals import NotThere
from server.actions.trials import NotReady
from server.http import sessions
from server.http.csrf import Form, signed_form, token_of_session
from server.http.keys import RUNTIME, SERVICES
from server.http.offices import whole_number
from server.http.pages import page, see
from server.http.sessions import BrowserSession
from server.web.places import address_of, hosted_by, hosts, led_by

_SHOWN: Final = Page(max_id=None, since_id=None, min_id=None, limit=40)


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/desk: unanswered questions, requests, reports; of a trial how far it is from being official."""
    return await _page(request, await sessions.require_session(request))


async def ask_to_be_official(request: web.Request) -> web.Response:
    """POST /c/{name}/official: a trial is to become official; what is missing is named on the desk."""
    session, _ = await signed_form(request)
    runtime, viewer = request.app[RUNTIME], session.who.person
    try:
        async with runtime.db.write() as tx:
            row = await hosted_by(tx, request, viewer)
            await trials.ask(tx, runtime, await moderation.seat(tx, runtime, viewer, row.actor.id))
    except NotReady as refused:
        return await _page(request, session, refused)
    return see(f"{address_of(row)}/desk?done=asked#trial")


async def _page(request: web.Request, session: BrowserSession, problem: NotReady | None = None) -> web.Response:
    viewer, now = session.who.person, request.app[RUNTIME].clock.now()
    async with request.app[RUNTIME].db.read() as tx:
        row = await led_by(tx, request, viewer)
        questions = await communities.threads(tx, row.actor.id, viewer, _SHOWN, only_unanswered=True)
        hours = await quiet.firm_hours(tx)
        waiting = await communities.members(tx, row.actor.id, _SHOWN, is_accepted=False) if hosts(row) else []
        reported = await reports.of_community(tx, row.actor.id)
        whole, own_days = await rules(tx), await communities.retention_days(tx, row.actor.id)
        trial = await trial_rows.of_community(tx, row.actor.id) if hosts(row) else None
    return page(
        request,
        "web/desk.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        row=row,
        trial=trial,
        conditions=trials.conditions(trial) if trial else [],
        most=MOST_MEMBERS,
        now=now,
        problem=problem,
        is_host=hosts(row),
        address=address_of(row),
        questions=questions,
        overdue={one.post.id for one in questions if helping.is_overdue(one.post.published_at, now, hours)},
        waiting=waiting,
        reported=reported,
        hosts=row.role == HOST_ROLE,
        server_days=whole.thread_days,
        own_days=own_days,
        most_days=whole.thread_days or retention.MOST_DAYS,
        done=request.query.get("done", ""),
    )


async def show_requests(request: web.Request) -> web.Response:
    """GET /c/{name}/requests: who waits to join, with what is known of them."""
    session = await sessions.require_session(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await hosted_by(tx, request, session.who.person)
        waiting = await communities.members(tx, row.actor.id, _SHOWN, is_accepted=False)
        # What their server is decides what becomes of what is sent there (threats T167).
        software = await peers.software_at(tx, sorted({one.actor.host for one in waiting if not one.actor.is_local}))
    return page(
        request,
        "web/requests.html",
        session=session,
        csrf=token_of_session(request, session),
        row=row,
        address=address_of(row),
        waiting=waiting,
        software=software,
        done=request.query.get("done", ""),
    )


async def answer(request: web.Request) -> web.Response:
    """POST /c/{name}/requests/answer: let somebody in, or not."""
    session, form = await signed_form(request)
    services, viewer = request.app[SERVICES], session.who.person
    async with services.runtime.db.read() as tx:
        row = await hosted_by(tx, request, viewer)
    await services.key_ring.refresh()
    accepts = form.get("answer") == "accept"
    await follows.answer(services, viewer, _number(form, "person"), accepts=accepts, target_id=row.actor.id)
    return see(f"{address_of(row)}/requests?done={'accepted' if accepts else 'refused'}")


async def resolve(request: web.Request) -> web.Response:
    """POST /c/{name}/reports/resolve: seen to, or passed on to the server's administrators."""
    session, form = await signed_form(request)
    runtime, viewer = request.app[RUNTIME], session.who.person
    report_id, passes_on = _number(form, "report"), form.get("decision") == "pass-on"
    async with runtime.db.write() as tx:
        row = await led_by(tx, request, viewer)
        place = await moderation.seat(tx, runtime, viewer, row.actor.id)
        if passes_on:
            await hosting.pass_report_on(tx, place, report_id)
        else:
            await hosting.resolve_report(tx, place, report_id, place.at)
    return see(f"{address_of(row)}/desk?done={'passed-on' if passes_on else 'resolved'}")


async def set_retention(request: web.Request) -> web.Response:
    """POST /c/{name}/retention: threads are kept for so many days; 0: as on the server."""
    session, form = await signed_form(request)
    runtime, viewer = request.app[RUNTIME], session.who.person
    async with runtime.db.write() as tx:
        row = await led_by(tx, request, viewer)
        place = await moderation.seat(tx, runtime, viewer, row.actor.id)
        await hosting.set_retention(tx, place, whole_number(form.get("days", ""), 0))
    return see(f"{address_of(row)}/desk?done=retention")


def _number(form: Form, field: str) -> int:
    text = form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotThere()
    return int(text)
