"""/me: a person's own page: who they are here, language, password, the apps that act in their name, signing out."""

from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from models.engine import ReadTx
from models.gate import Person
from models.queries import accounts, digests, guests, identity, leaving, oauth, rest, tags
from models.queries.rest import Choice
from models.writes import oauth as grants
from models.writes import sessions as rows
from server.actions import succession
from server.actions.refusals import NotThere
from server.actions.secret_hash import secret_hash
from server.http import sessions
from server.http.csrf import Form, signed_form, token_of_session
from server.http.keys import LETTER_BOX, PASSWORDS, RUNTIME
from server.http.languages import known
from server.http.pages import page, see
from server.http.sessions import BrowserSession
from server.web import tries
from server.web.passwords import new_password_problem, set_password

_FAILURES_SHOWN: Final = timedelta(hours=1)


async def show(request: web.Request) -> web.Response:
    """GET /me."""
    return await _own_page(request, await sessions.require_session(request))


async def choose_language(request: web.Request) -> web.Response:
    """POST /me/language: `fr`, `en`, or empty for what the browser asks for."""
    session, form = await signed_form(request)
    async with request.app[RUNTIME].db.write() as tx:
        await rows.choose_language(tx, actor_id=session.who.actor_id, language=known(form.get("language")))
    return see("/me?done=language")


async def change_password(request: web.Request) -> web.Response:
    """POST /me/password: the old one, if there is one, and the new one twice."""
    session, form = await signed_form(request)
    problem = new_password_problem(form) or await _old_password_problem(request, session, form)
    if problem is not None:
        return await _own_page(request, session, problem)
    return await set_password(request, session, form, then="/me?done=password")


async def answer_hosting(request: web.Request) -> web.Response:
    """POST /me/hosting: whether the person hosts a community whose last host has left; `answer` is yes or no."""
    session, form = await signed_form(request)
    community, accepts = form.get("community", ""), form.get("answer") == "yes"
    try:
        await succession.answer(request.app[RUNTIME], session.who.person, _number(community) or 0, accepts=accepts)
    except NotThere as error:
        raise web.HTTPNotFound from error
    return see("/me?done=hosting")


async def revoke_app(request: web.Request) -> web.Response:
    """POST /me/apps/revoke: end all tokens of one app; `app` is its number, or empty for the command line's."""
    session, form = await signed_form(request)
    runtime = request.app[RUNTIME]
    app_id = _number(form.get("app", ""))
    async with runtime.db.write() as tx:
        await grants.revoke_app(tx, actor_id=session.who.actor_id, app_id=app_id, now=runtime.clock.now())
    return see("/me?done=app#apps")


async def end_session(request: web.Request) -> web.Response:
    """POST /me/sessions/end: sign one other browser out, or with `session` empty all others (threats T119, T128)."""
    session, form = await signed_form(request)
    own, this, other = session.who.actor_id, secret_hash(session.secret), form.get("session", "")
    async with request.app[RUNTIME].db.write() as tx:
        if not other:
            await rows.end_others(tx, own, but=this)
        elif other == this or not await rows.end_own(tx, own, other):
            raise web.HTTPNotFound
    return see("/me?done=session#sessions")


async def _own_page(request: web.Request, session: BrowserSession, problem: str | None = None) -> web.Response:
    runtime = request.app[RUNTIME]
    viewer = session.who.person
    async with runtime.db.read() as tx:
        own = await accounts.credentials_of(tx, viewer)
        apps = await oauth.authorised_apps(tx, viewer)
        wanted = await leaving.asked_of(tx, viewer.actor_id)
        ways = await _ways_in(tx, viewer)
        open_sessions = await accounts.sessions_of(tx, viewer, runtime.clock.now())
        rests = await rest.of_people(tx, [viewer.actor_id])
        pace = await digests.pace_of(tx, viewer.actor_id)
        declared = await tags.featured(tx, viewer.actor_id)
        ends = await guests.ends(tx, [viewer.actor_id])
        failures = await accounts.failures(tx, tries.subject_of(viewer), runtime.clock.now() - _FAILURES_SHOWN)
    return page(
        request,
        "web/me.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        # The form that connects an account is followed by the company's page.
        forms_leave=bool(ways["companies"]),
        **ways,
        has_password=own is not None and own.password_hash is not None,
        apps=apps,
        open_sessions=open_sessions,
        this_session=secret_hash(session.secret),
        wanted=wanted,
        hours=rests.firm,
        choice=rests.choices.get(viewer.actor_id, Choice()),
        topics=[one.name for one in declared],
        pace=pace,
        has_mail=request.app[LETTER_BOX].is_open,
        failures=len(failures),
        ends_at=ends.get(viewer.actor_id),
        problem=problem,
        done=request.query.get("done"),
    )


async def _ways_in(tx: ReadTx, viewer: Person) -> dict[str, Any]:
    """By what they sign in, and by what they could."""
    linked = await identity.provider_names_of(tx, viewer.actor_id)
    return {
        "linked": linked,
        "companies": [one for one in await identity.providers(tx) if one.is_enabled and one.name not in linked],
        "may_have_password": await identity.may_use_password(tx, viewer.actor_id),
    }


async def _old_password_problem(request: web.Request, session: BrowserSession, form: Form) -> str | None:
    """`wrong` if there is an old password and this is not it. Tries count as those of the sign-in do (T122)."""
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        own = await accounts.credentials_of(tx, session.who.person)
    if own is None or own.password_hash is None:
        return None
    attempt = await tries.begin(request, session.who.username)
    stored = None if attempt.credentials is None else attempt.credentials.password_hash
    if not await request.app[PASSWORDS].verify(form.get("password", ""), stored):
        await tries.note_failure(request, attempt)
        return "wrong"
    async with runtime.db.write() as tx:
        await rows.forget_failures(tx, attempt.counted)
    return None


def _number(text: str) -> int | None:
    """The app's number; None, for the command line, if it is empty; one that no app has if it is anything else."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
