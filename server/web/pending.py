"""Between the password and the second proof: who has shown the first half, in a sealed cookie of ten minutes (T124).

Nobody is signed in by the first half: there is no session yet, and every way in that asks for less than both halves
ends here, one-time addresses too. A change of the password, or a suspension, ends what is pending.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from models.base import EPOCH
from models.gate import Person
from models.queries import accounts
from models.queries.accounts import Credentials
from models.vault import WrongKey
from server.actions.secret_hash import secret_hash
from server.http import sessions
from server.http.keys import RUNTIME
from server.http.pages import see
from server.web import permits

LIFE: Final = timedelta(minutes=10)
CHOICE_LIFE: Final = timedelta(hours=1)
"""How long after a one-time sign-in a password may be chosen without knowing the old one."""

_COOKIE: Final = "half"
_PURPOSE: Final = "a sign-in that is half done"


class Half(msgspec.Struct, frozen=True):
    """Somebody who has shown the first half."""

    actor_id: int
    password_mark: str
    """Of the password that was right then, or of none."""
    is_by_link: bool
    expires: int


def ask(request: web.Request, known: Credentials, then: str, *, is_by_link: bool = False) -> web.Response:
    """To the page that asks for the second half."""
    runtime = request.app[RUNTIME]
    expires = int((runtime.clock.now() + LIFE - EPOCH).total_seconds())
    half = Half(known.actor_id, _mark(known), is_by_link, expires)
    sealed = urlsafe_b64encode(runtime.vault.seal(msgspec.json.encode(half), _PURPOSE)).decode()
    # Where it goes on stands in the address: what an app asks for may be longer than a cookie can be.
    response = see("/sign-in/second" if then == "/" else f"/sign-in/second?{urlencode({'next': then})}")
    sessions.set_cookie(request, response, _COOKIE, sealed, max_age=int(LIFE.total_seconds()))
    return response


async def current(request: web.Request) -> Half | None:
    """Who has shown the first half at this browser, if that still counts."""
    runtime = request.app[RUNTIME]
    given = request.cookies.get(sessions.cookie_name(request, _COOKIE), "")
    try:
        half = msgspec.json.decode(runtime.vault.open(urlsafe_b64decode(given), _PURPOSE), type=Half)
    except (WrongKey, ValueError, msgspec.DecodeError):
        return None
    if half.expires <= (runtime.clock.now() - EPOCH).total_seconds():
        return None
    async with runtime.db.read() as tx:
        known = await accounts.credentials_of(tx, Person(half.actor_id))
    if known is None or known.suspended_at is not None or _mark(known) != half.password_mark:
        return None
    return half


async def finish(request: web.Request, actor_id: int, then: str, language: str = "") -> web.Response:
    """Both halves are shown: a session under a new id (T118), and on; after a one-time address, to a new password."""
    half = await current(request)
    async with request.app[RUNTIME].db.write() as tx:
        secret = await sessions.start(tx, request, actor_id)
    if half is not None and half.actor_id == actor_id and half.is_by_link:
        then = password_choice(request, secret, language)
    response = see(then)
    sessions.remember(request, response, secret)
    forget(request, response)
    return response


def password_choice(request: web.Request, secret: str, language: str) -> str:
    """Where whoever came by a one-time address chooses a password."""
    given = {"permit": permits.give(request, secret, permits.PASSWORD, CHOICE_LIFE)}
    return f"/sign-in/password?{urlencode(given | ({'lang': language} if language else {}))}"


def forget(request: web.Request, response: web.StreamResponse) -> None:
    """Nothing is pending any more."""
    sessions.set_cookie(request, response, _COOKIE, "", max_age=0)


def _mark(known: Credentials) -> str:
    return secret_hash(known.password_hash or "")[:32]
