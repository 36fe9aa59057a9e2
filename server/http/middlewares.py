"""What every request passes: its id, trailing slashes, preflights, rate limits, and errors as answers.

Two pieces: the middleware `edge` around the handlers, and the signal `dress`, which sets headers just before any answer
begins, streams and WebSockets included. `install` puts both into an application. Paid on each request, so kept cheap.
"""

import errno
import re
from typing import Final

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import istr
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from structlog.contextvars import bind_contextvars

from federation.errors import Denied, FederationError, Gone, Malformed, TryLater, Unauthenticated
from server.actions.refusals import NotAllowed, NotThere, Refused, Unavailable
from server.http.answers import json_answer
from server.http.errors import (
    ApiError,
    bad_request,
    forbidden,
    internal,
    no_endpoint,
    not_found,
    remote_unavailable,
    too_big,
    unavailable,
    unprocessable,
)
from server.http.keys import BASE_URL, ERROR_PAGE, LIMITS, REQUEST_ID, TOKENS
from server.http.limits import QUOTA
from server.http.params import PARAMS
from server.http.patience import PATIENCE, Patience, watched

log = structlog.get_logger(__name__)

_OAUTH_JSON: Final = ("/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/oauth/introspect")
_LIMITED: Final = ("/api/", *_OAUTH_JSON)
_JSON: Final = (*_LIMITED, "/.well-known/", "/nodeinfo/")
_CORS: Final = (*_JSON, "/media/")
_SLASH_TOLERANT: Final = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo/", "/admin/")

_ALLOWED_HEADERS: Final = "Authorization, Content-Type, Idempotency-Key"
_HEADER_NAMES: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1024}\Z")
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_EXPOSED: Final = (
    "Link, Date, Deprecation, Mastodon-Async-Refresh, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset,"
    " X-Request-Id"
)
_API_VARY: Final = "Origin, Authorization, Accept-Language"
_PAGE_VARY: Final = "Accept, Accept-Language, Authorization, Cookie, Signature"
_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_HSTS: Final = "max-age=31536000"
# Made once: a plain text is folded to lower case at each use.
_TYPE_OPTIONS: Final = istr("X-Content-Type-Options")
_X_REQUEST_ID: Final = istr("X-Request-Id")
_RATE_LIMIT: Final = istr("X-RateLimit-Limit")
_RATE_REMAINING: Final = istr("X-RateLimit-Remaining")
_RATE_RESET: Final = istr("X-RateLimit-Reset")

_PASSING: Final = ("40", "53", "57")
"""PostgreSQL's classes of codes for what passes: rolled back (deadlocks), no resources (disk, connections), ended by
`statement_timeout` or an operator. https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_REQUEST_ID_BYTES: Final = 9
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BEGUN: Final = web.RequestKey("begun", web.StreamResponse)


def install(app: web.Application) -> None:
    """Put the middleware and the signal of this module into an application that has the keys they need."""
    app[PATIENCE] = Patience()
    app.middlewares.append(edge)
    app.on_response_prepare.append(dress)


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Around every handler, the answer to an unknown address included: nothing but an answer leaves it."""
    request_id = request.app[TOKENS].secret(_REQUEST_ID_BYTES)
    request[REQUEST_ID] = request_id
    bind_contextvars(request_id=request_id)
    path = request.path
    if request.method == "OPTIONS" and path.startswith(_CORS):
        return _preflight(request)
    watch = watched(request)
    try:
        if path.startswith(_LIMITED):
            return await _limited(request, handler)
        return await _answered(request, handler)
    finally:
        if watch is not None:
            watch.stop()
        if request.body_exists and PARAMS in request:
            request[PARAMS].close()


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer; what the handler has set itself stays, but for those of CORS."""
    request[_BEGUN] = response
    headers = response.headers
    path = request.path
    if path.startswith(_CORS):
        headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
        headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED
    headers.setdefault(hdrs.VARY, _API_VARY if path.startswith(_JSON) else _PAGE_VARY)
    headers.setdefault(hdrs.CACHE_CONTROL, "private, no-store")
    headers.setdefault(_TYPE_OPTIONS, "nosniff")
    if REQUEST_ID in request:
        headers[_X_REQUEST_ID] = request[REQUEST_ID]
    if QUOTA in request:
        quota = request[QUOTA]
        headers[_RATE_LIMIT] = str(quota.limit)
        headers[_RATE_REMAINING] = str(quota.remaining)
        headers[_RATE_RESET] = quota.reset
    if headers.get(hdrs.CONTENT_TYPE, "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
        headers.setdefault("Referrer-Policy", "same-origin")
        if request.app[BASE_URL].startswith("https:"):
            headers.setdefault("Strict-Transport-Security", _HSTS)


def _preflight(request: web.Request) -> web.Response:
    asked = request.headers.get("Access-Control-Request-Headers", "")
    allowed = asked if _HEADER_NAMES.match(asked) else _ALLOWED_HEADERS
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": allowed,
        "Access-Control-Max-Age": "86400",
    }
    return web.Response(status=204, headers=headers)


async def _limited(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A request that counts: on its address at once when it brings no token, else on the token when that is proven.

    A token that nobody proved (unknown, or not looked at) must not be a way around the limit of its address.
    """
    limits = request.app[LIMITS]
    try:
        if not _has_token(request):
            limits.spend_anonymous(request)
        response = await _answered(request, handler)
        if QUOTA not in request and not response.prepared:
            limits.spend_anonymous(request)
    except ApiError as error:
        return await _refusal(request, error)
    return response


def _has_token(request: web.Request) -> bool:
    authorization = request.headers.get(hdrs.AUTHORIZATION)
    if authorization is None:
        return "access_token=" in request.rel_url.raw_query_string or "Sec-WebSocket-Protocol" in request.headers
    return authorization[:7].lower() == "bearer "


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or the one that its error stands for. One of the three edges where all errors end."""
    try:
        if request.match_info.http_exception is not None:
            handler = await _without_slash(request) or handler
        return await handler(request)
    except ConnectionRefusedError as error:
        # Nobody who asks refuses a connection: it is the database's.
        return await _refusal(request, error)
    except ConnectionError:
        raise
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await _refusal(request, error)
    except Exception as error:  # one of the three edges; _refusal logs what nobody foresaw
        return await _refusal(request, error)


async def _without_slash(request: web.Request) -> Handler | None:
    """The handler of the same path without its trailing slash. A redirect would turn a POST into a GET."""
    path = request.rel_url.raw_path
    if not path.endswith("/") or not request.path.startswith(_SLASH_TOLERANT):
        return None
    shorter = request.clone(rel_url=request.rel_url.with_path(path[:-1], encoded=True, keep_query=True))
    match = await request.app.router.resolve(shorter)
    if match.http_exception is not None:
        return None
    request.match_info.update(match)
    return match.handler


async def _refusal(request: web.Request, error: Exception) -> web.StreamResponse:
    if _BEGUN in request:
        return _break_off(request, error)
    if _is_database_away(error) or _has_no_room(error):
        event = "disk.full" if _has_no_room(error) else "database.away"
        log.warning(event, method=request.method, path=request.path, error=type(error).__name__)
        error = unavailable()
    is_json = request.path.startswith(_JSON)
    page = None if is_json else request.app.get(ERROR_PAGE)
    if page is not None and (shown := await page(request, error)):
        return shown
    refusal = _api_error(error) if is_json else _other_error(error)
    if refusal is None:
        log.error("request.failed", method=request.method, path=request.path, exc_info=error)
        refusal = internal()
        if page is not None and (shown := await page(request, refusal)):
            return shown
    response = json_answer(refusal.body, status=refusal.status, headers=refusal.headers)
    if refusal.status in (413, 415):
        # The rest of the body is not wanted.
        response.force_close()
    return response


def _is_database_away(error: Exception) -> bool:
    """It cannot be reached, hung up, is locked, has no room, or ended the statement: whoever asks comes again (threats
    T209, T210).
    """
    if isinstance(error, OperationalError | InterfaceError | ConnectionRefusedError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(_PASSING)


def _has_no_room(error: Exception) -> bool:
    """A file of this server cannot be written (threats T211)."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def _break_off(request: web.Request, error: Exception) -> web.StreamResponse:
    """A stream that fails half-way has no room for another answer: the client sees that it was cut."""
    log.error("request.broken_off", method=request.method, path=request.path, exc_info=error)
    if request.transport is not None:
        request.transport.abort()
    return request[_BEGUN]


def _api_error(error: Exception) -> ApiError | None:
    """What clients of the API are told; None for an error that nobody foresaw.

    Their 401 means "logged out", so that what another server could not prove is never one.
    """
    match error:
        case web.HTTPMethodNotAllowed():
            return no_endpoint()
        case Gone():
            return not_found()
    refusal = _told_to_all(error)
    return remote_unavailable() if refusal is None and isinstance(error, FederationError) else refusal


def _other_error(error: Exception) -> ApiError | None:
    """What peers and browsers are told: a status and one sentence that never says what exists (threats 1.2)."""
    match error:
        case Malformed():
            return bad_request(str(error.args[0]))
        case Unauthenticated():
            return ApiError(401, str(error.args[0]))
        case Gone():
            return ApiError(401, "The sender is gone")
        case TryLater():
            return unavailable()
    return _told_to_all(error)


def _told_to_all(error: Exception) -> ApiError | None:
    """What means the same to apps, peers and browsers."""
    match error:
        case ApiError():
            return error
        case web.HTTPException():
            return _by_status(error)
        case NotAllowed():
            return forbidden(str(error))
        case NotThere():
            return not_found()
        case Unavailable():
            return unavailable(str(error))
        case Refused():
            return unprocessable(str(error))
        case Denied():
            return forbidden()
    return None


def _by_status(error: web.HTTPException) -> ApiError:
    match error.status:
        case 404:
            return no_endpoint()
        case 413:
            return too_big()
        case 405 if "Allow" in error.headers:
            return ApiError(405, error.reason, headers={"Allow": error.headers["Allow"]})
    return ApiError(error.status, error.reason)
