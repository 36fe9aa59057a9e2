"""Setting one's own password: what is asked of it, and what ends with the old one (threats T119, T123)."""

from typing import Final

from aiohttp import web

from models.queries import identity
from models.writes import sessions as rows
from server.actions import notices
from server.actions.passwords import MAX_CHARACTERS
from server.actions.refusals import NotAllowed
from server.http import sessions
from server.http.csrf import Form
from server.http.keys import LETTER_BOX, PASSWORDS, RUNTIME
from server.http.languages import to_translate
from server.http.pages import see
from server.http.sessions import BrowserSession

MIN_CHARACTERS: Final = 12


def new_password_problem(form: Form) -> str | None:
    """`short`, `long` or `different` (the two fields), by which the page says what to do; None if it can be taken."""
    password = form.get("new_password", "")
    if len(password) < MIN_CHARACTERS:
        return "short"
    if len(password) > MAX_CHARACTERS:
        return "long"
    return None if password == form.get("new_password_again") else "different"


async def set_password(request: web.Request, session: BrowserSession, form: Form, *, then: str) -> web.Response:
    """Store the password, end all sessions, tokens and codes, and sign this browser in again under a new id."""
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as reading:
        if not await identity.may_use_password(reading, session.who.actor_id):
            raise NotAllowed(to_translate("Passwords are given up here: people sign in at the company."))
    password_hash = await request.app[PASSWORDS].hash(form["new_password"])
    actor_id = session.who.actor_id
    async with runtime.db.write() as tx:
        await rows.change_password(tx, actor_id=actor_id, password_hash=password_hash, now=runtime.clock.now())
        secret = await sessions.start(tx, request, actor_id)
        await notices.password_changed(tx, request.app[LETTER_BOX], actor_id, runtime.clock.now())
    response = see(then)
    sessions.remember(request, response, secret)
    return response
