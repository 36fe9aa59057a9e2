"""POST to an inbox: shared, the server's own, a person's, a community's. All are the same door.

The path of every activity that comes in, so that nothing is done twice or for nothing. What a newcomer gets wrong:
whether an inbox exists is looked up first but said last, after the signature was found good; otherwise anybody could
find out which private communities there are.
"""

import asyncio
from typing import Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from federation.agreements.letters import is_letter, may_be_letter
from federation.errors import FederationError, Malformed, TryLater
from federation.vocab.decode import MAX_BODY_BYTES, decode
from federation.vocab.normalise import envelope
from federation.vocab.types import Document
from models.gate import PeerServer
from models.queries import served
from server.actions import agreements
from server.activitypub.addresses import actor_uri
from server.activitypub.asking import MOST_SECONDS, failure_reason, signed_request
from server.activitypub.refusals import answer_to, gone, not_found, note_delivery
from server.http.errors import ApiError, encoding_refused, too_big
from server.http.keys import CLOCK, DOOR, RUNTIME, SERVICES
from server.metrics import INBOX_ACCEPTED

_SERVER_INBOX: Final = "/actor/inbox"
_TYPES: Final = frozenset({"application/activity+json", "application/ld+json"})


class _Unfit(Exception):
    """The request cannot be an activity for one of our inboxes; carries its answer and reason code."""

    def __init__(self, answer: ApiError, reason: str) -> None:
        super().__init__(reason)
        self.answer = answer
        self.reason = reason


async def receive(request: web.Request, *, most_seconds: float = MOST_SECONDS) -> web.Response:
    """POST of an activity: 202 once it is stored, or needs no storing.

    Raises `ApiError`, after it was logged: 400, 401, 403, 404, 410, 413, 415 and 503 (threats 1.2).
    """
    clock = request.app[CLOCK]
    began = clock.monotonic()
    body = b""
    try:
        async with asyncio.timeout(most_seconds):
            body = await _body(request)
            await _take_in(request, body)
    except _Unfit as error:
        note_delivery(request, error.reason, error.answer.status, body)
        raise error.answer from error
    except FederationError as error:
        raise _refused(request, error, body) from error
    except TimeoutError as error:
        raise _refused(request, TryLater("took too long", reason="timeout"), body) from error
    INBOX_ACCEPTED.observe(clock.monotonic() - began)
    return web.Response(status=202)


def _refused(request: web.Request, error: FederationError, body: bytes) -> ApiError:
    refusal = answer_to(error, request.method)
    note_delivery(request, error.reason, refusal.status, body, str(error))
    return refusal


async def _body(request: web.Request) -> bytes:
    """The body, at most `MAX_BODY_BYTES` of it; of a longer one not more than the next chunk is read (threats T080)."""
    headers = request.headers
    if any(encoding.lower() != "identity" for encoding in headers.getall("Content-Encoding", ())):
        raise _Unfit(encoding_refused(), "content_encoding")
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() not in _TYPES:
        raise _Unfit(ApiError(415, "An activity has the type application/activity+json"), "content_type")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise _Unfit(too_big(), "too_large")
    try:
        return await _read(request)
    except web.RequestPayloadError as error:
        raise Malformed("body is not framed as HTTP says", reason="malformed") from error


async def _read(request: web.Request) -> bytes:
    content = request.content
    if content.is_eof() and content.total_bytes <= MAX_BODY_BYTES:
        return content.read_nowait()
    body = bytearray()
    while chunk := await content.readany():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _Unfit(too_big(), "too_large")
    return bytes(body)


async def _take_in(request: web.Request, body: bytes) -> None:
    door, signed = request.app[DOOR], signed_request(request, body)
    try:
        if request.path == _SERVER_INBOX and (letter := _letter(body)) is not None:
            await agreements.receive(request.app[SERVICES], letter)
            return
        absence = await _absence(request)
        if absence is None:
            await door.receive(signed)
            return
        activity = envelope(decode(body))
        if activity.type == "Delete" and activity.object_id == activity.actor:
            # A farewell is heard at any address. The door lets those of actors that nobody knew pass without their key,
            # so that another answer here would tell without a signature which inboxes there are.
            await door.receive(signed)
            return
        by = await door.identify(signed)
        if await _absence(request, PeerServer(by.peer.id)) is None:
            await door.receive(signed)
            return
    except (SQLAlchemyError, OSError) as error:
        raise TryLater("could not be stored", reason=failure_reason(error)) from error
    raise absence


def _letter(body: bytes) -> Document | None:
    """A letter about an agreement: it proves itself, whoever brings it (federation/agreements/letters.py)."""
    if not may_be_letter(body):
        return None
    document = decode(body)
    return document if is_letter(document) else None


async def _absence(request: web.Request, viewer: PeerServer | None = None) -> _Unfit | None:
    """Why there is no such inbox; None where there is one. The shared ones need no look-up.

    A community that is not for everybody has none, as if it had never been, but for a peer that may know of it.
    """
    if "name" not in request.match_info:
        return None
    uri = actor_uri(request)
    async with request.app[RUNTIME].db.read() as tx:
        if uri is None:
            actor = None
        elif viewer is not None:
            actor = await served.known_actor(tx, uri, viewer)
        else:
            actor = await served.actor(tx, uri)
        if actor is None or not (viewer or actor.answers_anybody):
            return _Unfit(not_found(), "no_inbox")
    return None if actor.deleted_at is None else _Unfit(gone(), "actor_gone")
