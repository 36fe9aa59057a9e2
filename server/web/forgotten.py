"""/sign-in/forgotten: a sign-in address by mail, for people who forgot their password or never had one.

The answer is the same whether or not somebody here has the e-mail address (threats T121).
"""

from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from models.engine import WriteTx
from models.queries import accounts, identity, mail
from models.writes import sessions as rows
from server.actions import notices
from server.http import sessions
from server.http.csrf import Form, Visitor, read_form
from server.http.keys import LETTER_BOX, LIMITS, RUNTIME
from server.http.languages import to_translate
from server.http.pages import PageError, page
from server.web.tries import folded

log = structlog.get_logger(__name__)

ASKED_AT_MOST: Final = 5
WINDOW: Final = timedelta(minutes=30)
"""For each e-mail address, and from each place (threats 2.2)."""


async def show(request: web.Request) -> web.Response:
    """GET /sign-in/forgotten: the form."""
    _require_mail(request)
    return await _page(request, is_sent=False)


async def ask(request: web.Request) -> web.Response:
    """POST /sign-in/forgotten: what was said, and not whether it led to anything."""
    form = await read_form(request, None)
    _require_mail(request)
    async with request.app[RUNTIME].db.write() as tx:
        if await _may_ask(tx, request, form):
            await _send(tx, request, folded(form.get("email", "")))
    return await _page(request, is_sent=True)


async def _may_ask(tx: WriteTx, request: web.Request, form: Form) -> bool:
    """Count the question; nothing is sent beyond the limit of the address or of the place."""
    now = request.app[RUNTIME].clock.now()
    subjects = [f"forgotten:{folded(form.get('email', ''))}", f"forgotten-from:{request.app[LIMITS].caller(request)}"]
    await rows.lock_tries(tx)
    asked = [len(await accounts.failures(tx, subject, now - WINDOW)) for subject in subjects]
    if max(asked) >= ASKED_AT_MOST:
        log.warning("sign_in.too_many_questions")
        return False
    await rows.add_failures(tx, subjects, now)
    return True


async def _send(tx: WriteTx, request: web.Request, email: str) -> None:
    to = await mail.addressee_by_email(tx, email)
    if to is not None and await identity.may_use_password(tx, to.actor_id):
        here = request.app[RUNTIME]
        await notices.sign_in_address(tx, here, request.app[LETTER_BOX], to.username, by=f"{to.username}, by mail")


async def _page(request: web.Request, *, is_sent: bool) -> web.Response:
    visitor = Visitor(request)
    response = page(
        request,
        "web/forgotten.html",
        session=await sessions.current(request),
        csrf=visitor.token,
        is_sent=is_sent,
    )
    visitor.remember(response)
    return response


def _require_mail(request: web.Request) -> None:
    if not request.app[LETTER_BOX].is_open:
        raise PageError(
            404,
            to_translate("There is no such page"),
            to_translate("This server sends no mail. Ask your administrator for a sign-in address."),
        )
