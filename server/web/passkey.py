"""/sign-in/passkey: signing in by a passkey, in the place of a password and a code. Loaded with its first use.

The one page besides that of one's own proofs that needs a script: browsers speak to devices by no other way.
"""

from urllib.parse import urlencode

import structlog
from aiohttp import web

from models.engine import ReadTx
from models.gate import Person
from models.queries import accounts, factors, identity
from models.queries.factors import PasskeyRow
from models.writes import factors as rows
from models.writes import sessions as session_rows
from server.actions.secret_hash import secret_hash
from server.http.csrf import Form, Visitor, read_form
from server.http.keys import RUNTIME
from server.http.languages import known
from server.http.pages import page
from server.identity import passkeys
from server.identity.passkeys import Wrong
from server.web import pending, tries
from server.web.sign_in import local_path

log = structlog.get_logger(__name__)


async def show(request: web.Request) -> web.Response:
    """GET /sign-in/passkey?next=…: the button."""
    return _form_page(request, local_path(request.query.get("next", "")))


async def sign_in(request: web.Request) -> web.Response:
    """POST /sign-in/passkey: on to `next` under a new session id, or the button once more."""
    form = await read_form(request, None)
    then = local_path(form.get("next", ""))
    attempt = await tries.begin(request, f"passkey:{secret_hash(form.get('answer', ''))[:32]}")
    try:
        owner = await _owner(request, form)
    except Wrong as error:
        log.info("passkey.refused", why=str(error)[:200])
        return _form_page(request, then, has_failed=True)
    async with request.app[RUNTIME].db.write() as tx:
        await session_rows.forget_failures(tx, attempt.counted)
    return await pending.finish(request, owner, then, known(request.query.get("lang")) or "")


async def _owner(request: web.Request, form: Form) -> int:
    """Whose passkey has answered, if they may come in. Raises `Wrong`."""
    runtime, answer = request.app[RUNTIME], form.get("answer", "")
    credential_id = passkeys.named_in(answer)
    async with runtime.db.read() as tx:
        row = await factors.passkey(tx, credential_id)
        if row is None or not await _may_come_in(tx, row):
            raise Wrong("Nobody who may come in has this passkey.")
    used = passkeys.used(
        runtime, browser=Visitor(request).token, sealed=form.get("question", ""), answer=answer, known=row
    )
    async with runtime.db.write() as writing:
        if not await rows.use_passkey(writing, credential_id, uses=used.uses, asked_at=used.asked_at):
            raise Wrong("It has answered this question before, or there is a copy of it.")
    return row.actor_id


async def _may_come_in(tx: ReadTx, row: PasskeyRow) -> bool:
    """As with a password: open, and where passwords are given up, the emergency account alone."""
    own = await accounts.credentials_of(tx, Person(row.actor_id))
    return own is not None and own.suspended_at is None and await identity.may_use_password(tx, row.actor_id)


def _form_page(request: web.Request, then: str, *, has_failed: bool = False) -> web.Response:
    visitor = Visitor(request)
    question = passkeys.ask_to_sign_in(request.app[RUNTIME], browser=visitor.token)
    response = page(
        request,
        "web/passkey.html",
        session=None,
        status=422 if has_failed else 200,
        forms_leave=then.startswith("/oauth/authorize"),
        script="passkey.js",
        csrf=visitor.token,
        then=then,
        question=question,
        has_failed=has_failed,
        back=f"/sign-in?{urlencode({'next': then})}",
    )
    visitor.remember(response)
    return response
