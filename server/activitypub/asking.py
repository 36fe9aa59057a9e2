"""Who asks for a document: nobody in particular, or a partner's server that shows it by a signature."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from federation.errors import FederationError, TryLater, Unauthenticated
from federation.inbox.receive import SignedBy
from federation.signatures.message import SignedRequest
from models.engine import ReadTx
from models.gate import PeerServer
from server.activitypub.refusals import answer_to, note_read
from server.http.keys import BASE_URL, DOOR, RUNTIME

Identify = Callable[[SignedRequest], Awaitable[SignedBy]]

MOST_SECONDS: Final = 10.0
"""Wall time for finding out who asks, which may mean fetching a key; then 503 (threats 2.2)."""


def signed_request(request: web.Request, body: bytes) -> SignedRequest:
    """The request as it arrived, for `Door`. The host is the one received, which a proxy has to keep as it is."""
    return SignedRequest(
        method=request.method,
        target=request.raw_path,
        authority=request.headers.get("Host", ""),
        scheme=request.app[BASE_URL].partition("://")[0],
        headers=tuple([(name.lower(), value) for name, value in request.headers.items()]),
        body=body,
    )


def is_signed(request: web.Request) -> bool:
    """The request brings a signature, good or not, in one of the places where peers put it."""
    headers = request.headers
    if "Signature" in headers or "Signature-Input" in headers:
        return True
    return headers.get("Authorization", "")[:10].lower() == "signature "


async def require_peer(request: web.Request) -> PeerServer:
    """The partner's server that asks.

    Raises `ApiError`: 401 unsigned or not well signed, 403 for a stranger, before anything is fetched, 503 where one
    could not find out. None of them depends on what is asked for (threats T023, T056).
    """
    return await _required(request, request.app[DOOR].identify)


async def require_party(request: web.Request) -> PeerServer:
    """The same, also while the exchange rests and when it is over: for what concerns the agreement alone."""
    return await _required(request, request.app[DOOR].identify_party)


async def _required(request: web.Request, identify: Identify) -> PeerServer:
    try:
        return await _identified(request, identify)
    except FederationError as error:
        refusal = answer_to(error, request.method)
        note_read(request, error.reason, refusal.status)
        raise refusal from error


async def _identified(request: web.Request, identify: Identify) -> PeerServer:
    if not is_signed(request):
        raise Unauthenticated("request is not signed", reason="sig_missing")
    try:
        async with asyncio.timeout(MOST_SECONDS):
            signed = await identify(signed_request(request, b""))
    except (TimeoutError, SQLAlchemyError, OSError) as error:
        raise TryLater("could not find out who asks", reason=failure_reason(error)) from error
    return PeerServer(signed.peer.id)


def failure_reason(error: Exception) -> str:
    """The reason code for something of ours that did not answer."""
    return "timeout" if isinstance(error, TimeoutError) else "storage"


@asynccontextmanager
async def reading(request: web.Request) -> AsyncIterator[ReadTx]:
    """A read transaction for an answer. Raises `ApiError` 503 while the database is away."""
    try:
        async with request.app[RUNTIME].db.read() as tx:
            yield tx
    except (SQLAlchemyError, OSError) as error:
        failure = TryLater("could not be read", reason="storage")
        note_read(request, failure.reason, 503)
        raise answer_to(failure, request.method) from error
