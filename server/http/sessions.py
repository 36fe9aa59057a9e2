"""Browsers that are signed in: a random id in a cookie, of which the row holds the hash (threats T117, T118).

The id changes at every sign-in and counts for 14 days. It is read from the cookie alone, never from an address.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web
from yarl import URL

from models.engine import WriteTx
from models.queries import accounts
from models.queries.accounts import SignedIn
from models.writes import sessions as rows
from server.actions.secret_hash import secret_hash
from server.http.banner import BANNER
from server.http.browsers import browser_name
from server.http.clocks import CLOCKS
from server.http.keys import RUNTIME
from server.http.label_names import LABEL_NAMES
from server.http.observing import require_within

_COOKIE = "session"


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """The browser that asks, and who is signed in there."""

    secret: str = field(repr=False)
    who: SignedIn


_SESSION = web.RequestKey("session", BrowserSession)


async def current(request: web.Request) -> BrowserSession | None:
    """Who is signed in at this browser; None for nobody. Looked up once a request."""
    if _SESSION in request:
        return request[_SESSION]
    secret = _secret(request)
    if secret is None:
        return None
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        who = await accounts.signed_in(tx, secret_hash(secret), runtime.clock.now())
        if who is not None and BANNER in request.app:
            for fact in (request.app[BANNER], request.app[LABEL_NAMES], request.app[CLOCKS]):
                await fact.refresh(tx, runtime.clock.monotonic())
    if who is None:
        return None
    request[_SESSION] = BrowserSession(secret, who)
    return request[_SESSION]


async def require_session(request: web.Request) -> BrowserSession:
    """The session; without one the browser is sent to the sign-in page, and comes back afterwards.

    Raises `NotAllowed` for observers, but for their few pages.
    """
    session = await current(request)
    if session is None:
        raise web.HTTPFound(URL(sign_in_address(request.rel_url.raw_path_qs), encoded=True))
    require_within(request, session.who.role)
    return session


def sign_in_address(then: str, language: str = "") -> str:
    """The sign-in page that leads on to a local path with its query; in a language, where one was asked for."""
    given = {} if then == "/" else {"next": then}
    if language:
        given["lang"] = language
    return f"/sign-in?{urlencode(given)}" if given else "/sign-in"


async def start(tx: WriteTx, request: web.Request, actor_id: int) -> str:
    """Sign the browser in under a new id; whatever id it had before ends (T118). For `remember` after the commit."""
    runtime = request.app[RUNTIME]
    await end(tx, request)
    secret = runtime.tokens.secret()
    await rows.add_session(
        tx,
        token_hash=secret_hash(secret),
        actor_id=actor_id,
        now=runtime.clock.now(),
        browser=browser_name(request.headers.get("User-Agent", "")),
    )
    return secret


async def end(tx: WriteTx, request: web.Request) -> None:
    """Sign the browser out; `forget` takes the cookie away."""
    before = _secret(request)
    if before is not None:
        await rows.end_session(tx, secret_hash(before))


def remember(request: web.Request, response: web.StreamResponse, secret: str) -> None:
    """Give the browser its new id."""
    set_cookie(request, response, _COOKIE, secret, max_age=int(rows.SESSION_LIFE.total_seconds()))


def forget(request: web.Request, response: web.StreamResponse) -> None:
    """Take the id away from the browser."""
    set_cookie(request, response, _COOKIE, "", max_age=0)


def _secret(request: web.Request) -> str | None:
    given = request.cookies.get(cookie_name(request, _COOKIE))
    return given if given and given.isascii() else None


def cookie_name(request: web.Request, plain: str) -> str:
    """With the prefix that makes browsers refuse the cookie from neighbours and over plain HTTP.

    In a laboratory, over plain HTTP, with the domain instead: the ports of one address share their cookies.
    """
    if is_secure(request):
        return f"__Host-{plain}"
    return f"{plain}-{request.app[RUNTIME].config.domain.replace(':', '.')}"


def is_secure(request: web.Request) -> bool:
    """This server is reached by HTTPS; else it is a laboratory on one machine."""
    return request.app[RUNTIME].config.base_url.startswith("https://")


def set_cookie(
    request: web.Request, response: web.StreamResponse, plain: str, value: str, *, max_age: int | None = None
) -> None:
    """A cookie out of reach of scripts and other sites' forms. `max_age` in seconds; None: until the browser closes."""
    response.set_cookie(
        cookie_name(request, plain),
        value,
        max_age=max_age,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )
