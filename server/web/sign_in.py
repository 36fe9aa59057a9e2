"""/sign-in and /sign-out: name or e-mail address, and password.

Whatever is wrong, the answer is the same and takes the same time: an unknown name, a wrong password, a closed account
(threats T121).
"""

from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from models.queries import factors, identity
from models.queries.accounts import Credentials
from models.writes import sessions as rows
from server.actions.secret_hash import secret_hash
from server.http import sessions
from server.http.csrf import Form, Visitor, read_form, signed_form
from server.http.keys import LETTER_BOX, PASSWORDS, RUNTIME
from server.http.languages import known
from server.http.pages import page, see
from server.identity import leaving
from server.web import pending, tries

_AUTHORIZE: Final = "/oauth/authorize"


async def show(request: web.Request) -> web.Response:
    """GET /sign-in?next=…: the form, also for somebody who is signed in, who may want to be somebody else."""
    return await _form_page(request, local_path(request.query.get("next", "")))


async def sign_in(request: web.Request) -> web.Response:
    """POST /sign-in: on to `next` under a new session id, or the form once more."""
    form = await read_form(request, None)
    then = local_path(form.get("next", ""))
    attempt = await tries.begin(request, tries.folded(form.get("username", "")))
    if not await _is_right(request, attempt.credentials, form.get("password", "")) or attempt.credentials is None:
        await tries.note_failure(request, attempt)
        return await _form_page(request, then, form)
    async with request.app[RUNTIME].db.write() as tx:
        await rows.forget_failures(tx, attempt.counted)
        is_half = await factors.are_asked_of(tx, attempt.credentials.actor_id)
        if not is_half:
            secret = await sessions.start(tx, request, attempt.credentials.actor_id)
    if is_half:
        return pending.ask(request, attempt.credentials, then)
    response = see(then)
    sessions.remember(request, response, secret)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """POST /sign-out: end this browser's session."""
    session, _ = await signed_form(request)
    async with request.app[RUNTIME].db.write() as tx:
        begun_there = await identity.session_of(tx, secret_hash(session.secret))
        await sessions.end(tx, request)
    elsewhere = None if begun_there is None else await leaving.address(request, *begun_there)
    if elsewhere is None:
        response = see("/sign-in")
    else:
        response = page(request, "web/signed_out.html", session=None, elsewhere=elsewhere)
    sessions.forget(request, response)
    return response


def local_path(text: str) -> str:
    """The text if it is a path on this server, else `/`: a link to our sign-in leads nobody to another site."""
    is_local = text.startswith("/") and not text.startswith(("//", "/sign-in", "/sign-out"))
    is_plain = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    return text if is_local and is_plain else "/"


async def _form_page(request: web.Request, then: str, failed: Form | None = None) -> web.Response:
    visitor = Visitor(request)
    is_for_app = then.startswith(_AUTHORIZE)
    async with request.app[RUNTIME].db.read() as tx:
        companies = [one for one in await identity.providers(tx) if one.is_enabled]
        is_sealed = bool(await identity.passwords_of(tx))
        has_passkeys = await factors.is_any_passkey(tx)
    response = page(
        request,
        "web/sign_in.html",
        session=await sessions.current(request),
        status=200 if failed is None else 422,
        # The app may come next, without another page between: somebody who consented before is not asked again.
        forms_leave=is_for_app,
        csrf=visitor.token,
        then=then,
        is_for_app=is_for_app,
        lang=known(request.query.get("lang")),
        username="" if failed is None else failed.get("username", ""),
        has_failed=failed is not None,
        has_mail=request.app[LETTER_BOX].is_open,
        companies=companies,
        is_sealed=is_sealed,
        has_passkeys=has_passkeys,
        next_query=urlencode({"next": then}),
    )
    visitor.remember(response)
    return response


async def _is_right(request: web.Request, known: Credentials | None, password: str) -> bool:
    passwords = request.app[PASSWORDS]
    is_right = await passwords.verify(password, None if known is None else known.password_hash)
    if known is None or known.password_hash is None or known.suspended_at is not None or not is_right:
        return False
    async with request.app[RUNTIME].db.read() as tx:
        if not await identity.may_use_password(tx, known.actor_id):
            return False
    if passwords.is_outdated(known.password_hash):
        newer = await passwords.hash(password)
        async with request.app[RUNTIME].db.write() as tx:
            await rows.upgrade_hash(tx, actor_id=known.actor_id, old_hash=known.password_hash, new_hash=newer)
    return True
