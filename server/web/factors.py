"""/me/factors: codes of an app, passkeys and codes on paper, beside one's password (threats T118, T124).

Whoever changes anything here has given the password within the last ten minutes: a browser left open is not enough.
Loaded with its first use.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from models.engine import WriteTx
from models.queries import accounts, factors, identity
from models.queries.factors import PasskeyRow
from models.vault import WrongKey
from models.writes import audit
from models.writes import factors as rows
from models.writes import sessions as session_rows
from server.actions import notices
from server.actions.refusals import NotAllowed, Refused
from server.http.csrf import Form, signed_form, token_of_session
from server.http.keys import LETTER_BOX, PASSWORDS, RUNTIME
from server.http.languages import to_translate
from server.http.pages import PageError, page, see
from server.http.sessions import BrowserSession, require_session
from server.identity import codes, passkeys
from server.identity.passkeys import Wrong
from server.web import permits, tries

log = structlog.get_logger(__name__)

_PERMIT_LIFE: Final = timedelta(minutes=10)
_SECRET_AS: Final = "a secret for an app that is not confirmed"  # noqa: S105 - the purpose of a seal, no secret
_MAX_NAME: Final = 100
_NOTHING: Final[dict[str, object]] = {"secret": None, "secret_sealed": None, "picture": None, "question": None}


async def show(request: web.Request) -> web.Response:
    """GET /me/factors: what there is; with a permit in the address, what can be done."""
    return await _page(request, await require_session(request), permit=request.query.get("permit", ""))


async def confirm(request: web.Request) -> web.Response:
    """POST /me/factors: the password, for a permit of ten minutes. Tries count as those of the sign-in do (T122)."""
    session, form = await signed_form(request)
    runtime = request.app[RUNTIME]
    attempt = await tries.begin(request, session.who.username)
    stored = None if attempt.credentials is None else attempt.credentials.password_hash
    if not await request.app[PASSWORDS].verify(form.get("password", ""), stored):
        await tries.note_failure(request, attempt)
        return await _page(request, session, problem="password")
    async with runtime.db.write() as tx:
        await session_rows.forget_failures(tx, attempt.counted)
    return see(f"/me/factors?permit={permits.give(request, session.secret, permits.FACTORS, _PERMIT_LIFE)}")


async def add_generator(request: web.Request) -> web.Response:
    """POST /me/factors/app: the secret of the form, confirmed by a code that the app made from it."""
    session, form = await _permitted(request)
    runtime = request.app[RUNTIME]
    secret = _secret(request, session, form)
    step = codes.step_of(secret, form.get("code", ""), runtime.clock.now())
    if step is None:
        return await _page(request, session, permit=form["permit"], problem="code", secret=secret)
    async with runtime.db.write() as tx:
        await _note(tx, request, session, "add-app")
        await rows.set_generator(
            tx,
            session.who.actor_id,
            secret_sealed=codes.sealed(runtime.vault, secret),
            step=step,
            at=runtime.clock.now(),
        )
        await notices.proof_added(tx, request.app[LETTER_BOX], session.who.actor_id, runtime.clock.now())
        paper = await _first_paper(tx, request, session)
    return await _page(request, session, permit=form["permit"], done="app", paper=paper)


async def drop_generator(request: web.Request) -> web.Response:
    """POST /me/factors/app/remove."""
    session, form = await _permitted(request)
    async with request.app[RUNTIME].db.write() as tx:
        await _note(tx, request, session, "remove-app")
        if await rows.drop_generator(tx, session.who.actor_id):
            await _tell_of_removal(tx, request, session)
        await _last_paper(tx, session)
    return see(f"/me/factors?done=removed&permit={form['permit']}")


async def add_passkey(request: web.Request) -> web.Response:
    """POST /me/factors/passkey: what the browser made."""
    session, form = await _permitted(request)
    runtime, own = request.app[RUNTIME], session.who.actor_id
    try:
        made = passkeys.made(runtime, actor_id=own, sealed=form.get("question", ""), answer=form.get("answer", ""))
    except Wrong as error:
        log.info("passkey.not_made", why=str(error)[:200])
        return await _page(request, session, permit=form["permit"], problem="passkey")
    name = " ".join(form.get("name", "").split())[:_MAX_NAME] or "Passkey"
    async with runtime.db.write() as tx:
        await _note(tx, request, session, "add-passkey")
        if len(await factors.passkeys_of(tx, own)) >= factors.MOST_PASSKEYS:
            raise Refused(to_translate("You have as many passkeys as one can have: remove one first."))
        if await factors.passkey(tx, made.credential_id) is not None:
            raise Refused(to_translate("This passkey is known already."))
        await rows.add_passkey(
            tx,
            own,
            credential_id=made.credential_id,
            credential=made.credential,
            uses=made.uses,
            name=name,
            at=runtime.clock.now(),
        )
        await notices.proof_added(tx, request.app[LETTER_BOX], own, runtime.clock.now())
        paper = await _first_paper(tx, request, session)
    return await _page(request, session, permit=form["permit"], done="passkey", paper=paper)


async def drop_passkey(request: web.Request) -> web.Response:
    """POST /me/factors/passkey/remove: one of one's own (threats T128)."""
    session, form = await _permitted(request)
    async with request.app[RUNTIME].db.write() as tx:
        await _note(tx, request, session, "remove-passkey")
        if not await rows.drop_passkey(tx, session.who.actor_id, form.get("passkey", "")):
            raise web.HTTPNotFound
        await _tell_of_removal(tx, request, session)
        await _last_paper(tx, session)
    return see(f"/me/factors?done=removed&permit={form['permit']}")


async def new_paper(request: web.Request) -> web.Response:
    """POST /me/factors/paper: ten new codes, on the answer alone."""
    session, form = await _permitted(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await _note(tx, request, session, "new-codes")
        if not await factors.are_asked_of(tx, session.who.actor_id):
            raise Refused(to_translate("Codes on paper stand in for an app or a passkey: add one first."))
        paper = await codes.new_paper(tx, runtime, session.who.actor_id)
    return await _page(request, session, permit=form["permit"], paper=paper)


async def _permitted(request: web.Request) -> tuple[BrowserSession, Form]:
    session, form = await signed_form(request)
    if not permits.stands(request, session.secret, permits.FACTORS, form.get("permit", "")):
        raise PageError(
            403,
            to_translate("Give your password once more"),
            to_translate("Ten minutes have passed since you gave it. Nothing was changed."),
            back="/me/factors",
        )
    return session, form


async def _note(tx: WriteTx, request: web.Request, session: BrowserSession, what: str) -> None:
    at, acct = request.app[RUNTIME].clock.now(), session.who.acct
    await audit.append(tx, at=at, actor=acct, action=f"factors.{what}", object=acct, details={})


async def _tell_of_removal(tx: WriteTx, request: web.Request, session: BrowserSession) -> None:
    await notices.proof_removed(tx, request.app[LETTER_BOX], session.who.actor_id, request.app[RUNTIME].clock.now())


async def _first_paper(tx: WriteTx, request: web.Request, session: BrowserSession) -> list[str]:
    """Codes on paper for whoever has none: a lost phone must not be the end of an account."""
    if await factors.codes_left(tx, session.who.actor_id):
        return []
    return await codes.new_paper(tx, request.app[RUNTIME], session.who.actor_id)


async def _last_paper(tx: WriteTx, session: BrowserSession) -> None:
    """Codes on paper end with what they stand in for."""
    if not await factors.are_asked_of(tx, session.who.actor_id):
        await rows.set_codes(tx, session.who.actor_id, ())


def _secret(request: web.Request, session: BrowserSession, form: Form) -> str:
    """The secret that the page showed to this person. Raises `PageError` for any other."""
    try:
        return request.app[RUNTIME].vault.open(bytes.fromhex(form.get("secret", "")), _bound(session)).decode()
    except (WrongKey, ValueError) as error:
        raise PageError(
            400,
            to_translate("This form cannot be read"),
            to_translate("Nothing was changed. Go back, load the page again, and send the form once more."),
            back="/me/factors",
        ) from error


def _bound(session: BrowserSession) -> str:
    return f"{_SECRET_AS}: {session.who.actor_id}"


async def _page(
    request: web.Request,
    session: BrowserSession,
    *,
    permit: str = "",
    problem: str | None = None,
    secret: str | None = None,
    done: str | None = None,
    paper: list[str] | None = None,
) -> web.Response:
    own = session.who.actor_id
    may_change = permits.stands(request, session.secret, permits.FACTORS, permit) if permit else False
    async with request.app[RUNTIME].db.read() as tx:
        mine = await accounts.credentials_of(tx, session.who.person)
        if mine is None or mine.password_hash is None or not await identity.may_use_password(tx, own):
            raise NotAllowed(to_translate("A second proof goes with a password, and you sign in without one."))
        generator = await factors.generator_of(tx, own)
        known = await factors.passkeys_of(tx, own)
        left = await factors.codes_left(tx, own)
    offered = _offered(request, session, known, secret, has_generator=generator is not None) if may_change else _NOTHING
    return page(
        request,
        "web/factors.html",
        session=session,
        status=422 if problem else 200,
        forms_leave=False,
        script="passkey.js" if may_change else None,
        csrf=token_of_session(request, session),
        permit=permit if may_change else "",
        generator_since=None if generator is None else generator[1],
        passkeys=known,
        codes_left=left,
        **offered,
        paper=paper or [],
        problem=problem,
        done=done or request.query.get("done"),
    )


def _offered(
    request: web.Request,
    session: BrowserSession,
    known: Sequence[PasskeyRow],
    secret: str | None,
    *,
    has_generator: bool,
) -> dict[str, object]:
    """What can be added: a secret for an app, where there is none, and a question to a device."""
    runtime, who = request.app[RUNTIME], session.who
    question = passkeys.ask_for_new(runtime, actor_id=who.actor_id, name=who.acct, title=who.name, known=known)
    if has_generator:
        return _NOTHING | {"question": question}
    secret = secret or codes.new_secret(runtime)
    return {
        "secret": secret,
        "secret_sealed": runtime.vault.seal(secret.encode(), _bound(session)).hex(),
        "picture": codes.picture(secret, name=who.acct, issuer=runtime.config.domain),
        "question": question,
    }
