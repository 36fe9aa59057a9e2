"""/me/appeals: what was done to somebody or to a post of theirs, and their appeals against it (product J8)."""

from datetime import timedelta

from aiohttp import web

from models.moderation import APPEAL_DAYS
from server.actions import appeals
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME
from server.http.offices import whole_number
from server.http.pages import page, see


async def show(request: web.Request) -> web.Response:
    """GET /me/appeals."""
    session = await sessions.require_session(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        acts = await appeals.own(tx, runtime, session.who.actor_id)
    return page(
        request,
        "web/appeals.html",
        session=session,
        csrf=token_of_session(request, session),
        acts=acts,
        open_since=runtime.clock.now() - timedelta(days=APPEAL_DAYS),
        days=APPEAL_DAYS,
        most=appeals.MOST_TEXT,
        done=request.query.get("done", ""),
    )


async def file(request: web.Request) -> web.Response:
    """POST /me/appeals."""
    session, form = await signed_form(request)
    runtime, who = request.app[RUNTIME], session.who
    act_id, text = whole_number(form.get("act", ""), 0), form.get("text", "")
    async with runtime.db.write() as tx:
        await appeals.appeal(tx, runtime, who.actor_id, who.acct, act_id, text)
    return see("/me/appeals?done=filed")
