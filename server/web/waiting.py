"""/communities/~waiting: trials that ask to become official, for whom administrators named to answer (product J3)."""

from aiohttp import web

from server.actions import trials
from server.actions.officers import Officer
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page, see


async def show(request: web.Request) -> web.Response:
    """GET /communities/~waiting."""
    session = await sessions.require_session(request)
    done = request.query.get("done", "")
    async with request.app[RUNTIME].db.read() as tx:
        await trials.require_answering(tx, session.who.actor_id)
        waiting = await trials.waiting_for(tx, session.who.actor_id)
    return page(
        request,
        "web/waiting.html",
        session=session,
        csrf=token_of_session(request, session),
        waiting=waiting,
        done=done if done in trials.ANSWERS else "",
    )


async def answer(request: web.Request) -> web.Response:
    """POST /communities/~waiting: `name`, `answer`, yes or no, and the `reason`, which a no needs."""
    session, form = await signed_form(request)
    who = session.who
    by = Officer(who.actor_id, who.acct, who.role)
    async with request.app[RUNTIME].db.write() as tx:
        done = await trials.answer(tx, request.app[RUNTIME], by, form)
    return see(f"/communities/~waiting?done={done}")
