"""Who calls the client API: the token of a request, its scopes, and the viewer it stands for (client API 1.4).

Paid on every request: one statement, built once, and no more. Nothing is kept between requests, so that a revoked token
and a suspended account end at once (threats T120, T143).
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from models.gate import ActingCommunity, Person
from models.queries import oauth
from server.actions.secret_hash import secret_hash
from server.http.errors import (
    ApiError,
    forbidden,
    scope_missing,
    sign_in_needed,
    token_expired,
    token_revoked,
    unauthorized,
    user_needed,
)
from server.http.keys import LIMITS, RUNTIME
from server.http.params import params
from server.http.scopes import expand

_FORM: Final = "application/x-www-form-urlencoded"
_BEARER: Final = "bearer "

ADMINISTRATION_LASTS: Final = timedelta(hours=8)
"""How long a token with a scope of administration is good (threats T127)."""

NOT_FOR_COMMUNITIES: Final = "A community does not do this: use the account that is your own"
_READING: Final = frozenset({"GET", "HEAD"})


class AccessToken(msgspec.Struct, frozen=True):
    """A token that was found good for this request."""

    id: int
    actor_id: int | None
    """None: an app's own token (client credentials)."""
    community_id: int | None
    """The community that acts by it, through the actor, who leads it."""
    app_id: int | None
    """None: made at the command line."""
    scopes: str
    """As given, separated by blanks."""
    covered: frozenset[str]
    """Every scope that they cover."""
    app_name: str | None
    app_website: str | None


ACCESS_TOKEN: Final = web.RequestKey("access_token", AccessToken)
"""The token of this request, once it was found good."""


async def require_viewer(request: web.Request, *any_of: str) -> Person:
    """The person whose token this is, if it was given for one of these scopes; to read, also a community that acts.

    Raises `ApiError`: 401 without a good token, 422 for an app's own, 403 for other scopes or a suspended account.
    """
    return _only_people_write(request, _person(await access_token(request), any_of, unauthorized))


async def require_author(request: web.Request, *any_of: str) -> Person:
    """As `require_viewer`, for the few things that a community does too by a token of its own (client API 11.5).

    What it calls asks `acting.require` for the right of the person behind.
    """
    return _person(await access_token(request), any_of, unauthorized)


async def require_human(request: web.Request, *any_of: str) -> Person:
    """As `require_viewer`, for what no community has, not even to read. Raises `ApiError` 403 for one."""
    person = _person(await access_token(request), any_of, unauthorized)
    if isinstance(person, ActingCommunity):
        raise forbidden(NOT_FOR_COMMUNITIES)
    return person


async def require_reader(request: web.Request, *any_of: str) -> Person:
    """As `require_viewer`, for what open servers show to anybody: no token has the error text of closed servers."""
    return _only_people_write(request, _person(await access_token(request), any_of, sign_in_needed))


async def optional_viewer(request: web.Request) -> Person | None:
    """The person whose token this is; None without a token or with an app's own.

    For what stays open to anybody. Raises `ApiError` 401 or 403 all the same for a token that is no good.
    """
    token = await access_token(request)
    return None if token is None or token.actor_id is None else _viewer(token, token.actor_id)


def for_anybody(handler: Handler) -> Handler:
    """What every login begins with: open without a token, and still refused with one that is no good (1.4)."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        await access_token(request)
        return await handler(request)

    return answer


async def require_app_or_user(request: web.Request) -> AccessToken:
    """Any good token, an app's own or a person's. Raises `ApiError` 401 or 403."""
    token = await access_token(request)
    if token is None:
        raise unauthorized()
    return token


async def require_listener(request: web.Request, *any_of: str) -> tuple[Person, AccessToken]:
    """As `require_viewer`, for streams: the token may also stand where browsers can put it (`listeners_secret`)."""
    token = await access_token(request, is_stream=True)
    person = await require_viewer(request, *any_of)
    assert token is not None
    return person, token


def listeners_secret(request: web.Request) -> str | None:
    """A token in `Sec-WebSocket-Protocol`, or in the query: for streams only, since addresses end up in logs (T144)."""
    return request.headers.get("Sec-WebSocket-Protocol") or request.query.get("access_token")


async def access_token(request: web.Request, *, is_stream: bool = False) -> AccessToken | None:
    """The request's token, proven and counted, or None if it brings none. Asking again costs nothing.

    `is_stream`: it may also be where `listeners_secret` looks.
    Raises `ApiError`: 401 unknown or revoked, 403 suspended account, 429 over the token's or account's budget.
    """
    if ACCESS_TOKEN in request:
        return request[ACCESS_TOKEN]
    secret = await token_of(request)
    if secret is None and is_stream:
        secret = listeners_secret(request)
    if not secret:
        return None
    token = await _proven(request, secret)
    request.app[LIMITS].spend_token(request, token_id=token.id, account_id=token.actor_id)
    request[ACCESS_TOKEN] = token
    return token


async def token_of(request: web.Request) -> str | None:
    """The token's text from the header, else from a form body, as old libraries send it; never from the address."""
    authorization = request.headers.get("Authorization")
    if authorization is not None and authorization[:7].lower() == _BEARER:
        return authorization[7:].strip()
    if request.content_type != _FORM or not request.body_exists or "access_token" in request.query:
        return None
    return (await params(request)).text_or_none("access_token")


async def _proven(request: web.Request, secret: str) -> AccessToken:
    if not secret.isascii():
        raise unauthorized()
    async with request.app[RUNTIME].db.read() as tx:
        row = await oauth.token_by_hash(tx, secret_hash(secret))
    if row is None or row.account_id != row.actor_id:
        raise unauthorized()
    if row.is_suspended:
        raise forbidden("Your login is currently disabled")
    if row.is_observers:
        raise forbidden("Observers see statistics only, on the pages of this server")
    if row.is_revoked or (row.community_id is not None and not row.leads):
        raise token_revoked()
    if "admin:" in row.scopes and row.made_at + ADMINISTRATION_LASTS <= request.app[RUNTIME].clock.now():
        raise token_expired()
    return AccessToken(
        row.id,
        row.actor_id,
        row.community_id,
        row.app_id,
        row.scopes,
        expand(row.scopes),
        row.app_name,
        row.app_website,
    )


def _person(token: AccessToken | None, any_of: tuple[str, ...], without_token: Callable[[], ApiError]) -> Person:
    if token is None:
        raise without_token()
    if token.actor_id is None:
        raise user_needed()
    if token.covered.isdisjoint(any_of):
        raise scope_missing()
    return _viewer(token, token.actor_id)


def _viewer(token: AccessToken, actor_id: int) -> Person:
    return Person(actor_id) if token.community_id is None else ActingCommunity(token.community_id, actor_id)


def _only_people_write(request: web.Request, viewer: Person) -> Person:
    """Whatever was not made for communities is refused to them by default."""
    if isinstance(viewer, ActingCommunity) and request.method not in _READING:
        raise forbidden(NOT_FOR_COMMUNITIES)
    return viewer
