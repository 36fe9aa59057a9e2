"""/sign-in/once/{token}: a one-time address that signs somebody in, to choose a password then.

Opening the address changes nothing, since mail scanners and chat previews open addresses too; the button uses it up.
"""

from aiohttp import web

from models.accounts import ADMIN, AUDITOR
from models.gate import Person
from models.queries import accounts, factors
from models.writes import sessions as rows
from server.actions.secret_hash import secret_hash
from server.http import sessions
from server.http.csrf import Visitor, read_form, signed_form, token_of_session
from server.http.keys import RUNTIME
from server.http.languages import known, to_translate
from server.http.pages import PageError, page, see
from server.http.sessions import BrowserSession
from server.web import pending, permits
from server.web.passwords import new_password_problem, set_password


async def show(request: web.Request) -> web.Response:
    """GET /sign-in/once/{token}: whose address it is, and the button."""
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        who = await accounts.sign_in_link(tx, secret_hash(request.match_info["token"]), runtime.clock.now())
    if who is None:
        raise _used_up()
    visitor = Visitor(request)
    response = page(request, "web/once.html", session=None, csrf=visitor.token, who=who)
    # The address is a secret until it is used.
    response.headers["Referrer-Policy"] = "no-referrer"
    visitor.remember(response)
    return response


async def use(request: web.Request) -> web.Response:
    """POST /sign-in/once/{token}: sign in, once."""
    await read_form(request, None)
    runtime = request.app[RUNTIME]
    now = runtime.clock.now()
    link_hash = secret_hash(request.match_info["token"])
    async with runtime.db.write() as tx:
        who = await accounts.sign_in_link(tx, link_hash, now)
        actor_id = await rows.take_link(tx, link_hash, now)
        if who is None or actor_id is None:
            raise _used_up()
        own = await accounts.credentials_of(tx, Person(actor_id))
        is_half = await factors.are_asked_of(tx, actor_id)
        if not is_half:
            secret = await sessions.start(tx, request, actor_id)
    if is_half and own is not None:
        return pending.ask(request, own, "/", is_by_link=True)
    response = see(pending.password_choice(request, secret, known(request.query.get("lang")) or ""))
    sessions.remember(request, response, secret)
    return response


async def show_choice(request: web.Request) -> web.Response:
    """GET /sign-in/password: choose a password, after a one-time sign-in."""
    session = await sessions.require_session(request)
    permit = request.query.get("permit", "")
    _require_permit(request, session, permit)
    return _choice_page(request, session, permit)


async def choose(request: web.Request) -> web.Response:
    """POST /sign-in/password: the password, which ends everything that an older one led to (T119)."""
    session, form = await signed_form(request)
    permit = form.get("permit", "")
    _require_permit(request, session, permit)
    problem = new_password_problem(form)
    if problem is not None:
        return _choice_page(request, session, permit, problem)
    # Who begins to run a server finds there what is to be done first (product J1).
    then = "/admin/overview" if session.who.role in (ADMIN, AUDITOR) else "/"
    return await set_password(request, session, form, then=then)


def _choice_page(
    request: web.Request, session: BrowserSession, permit: str, problem: str | None = None
) -> web.Response:
    return page(
        request,
        "web/choose_password.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        permit=permit,
        problem=problem,
    )


def _require_permit(request: web.Request, session: BrowserSession, permit: str) -> None:
    if not permits.stands(request, session.secret, permits.PASSWORD, permit):
        raise PageError(
            403,
            to_translate("It is too late to choose a password here"),
            to_translate("You are signed in. Change your password on your own page, or ask for a new sign-in address."),
        )


def _used_up() -> PageError:
    return PageError(
        404,
        to_translate("This sign-in address has been used, or is too old"),
        to_translate("Each address works once, and not for long. Ask your administrator for a new one."),
    )
