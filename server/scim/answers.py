"""Around every SCIM endpoint: the token, the media type, and errors in their own form (RFC 7644, 2, 3.12)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import msgspec
from aiohttp import web
from pydantic import ValidationError
from scim2_models import Error, SCIMException

from models.queries import directory
from models.queries.directory import TokenRow
from models.writes import directory as writing
from server.actions.provisioning import BY, Changed, Conflict
from server.actions.refusals import NotThere, Refused
from server.actions.secret_hash import secret_hash
from server.http.keys import RUNTIME

TYPE: Final = "application/scim+json"
MAX_BYTES: Final = 1024 * 1024
_NOTED_EVERY: Final = timedelta(minutes=1)

Endpoint = Callable[[web.Request, str], Awaitable[web.Response]]
"""Takes the request and who speaks, as the audit trail has it."""


class Wrong(Exception):
    """The request cannot be answered: status, sentence, and a word of RFC 7644, table 9."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


class Done(msgspec.Struct, frozen=True):
    """What an operation gives: alone as an answer, in a job as one outcome of many."""

    status: int
    headers: dict[str, str]
    document: dict[str, Any] | None

    def response(self) -> web.Response:
        """As an answer."""
        if self.document is None:
            return web.Response(status=self.status, headers=self.headers)
        return json(self.document, status=self.status, headers=self.headers)


REFUSALS: Final = (Wrong, SCIMException, ValidationError, Refused)


def problem_of(error: Exception) -> tuple[int, dict[str, object]]:
    """Status and document of one of `REFUSALS`."""
    match error:
        case Wrong():
            said: tuple[int, str, str | None] = (error.status, error.detail, error.scim_type)
        case SCIMException():
            said = (error.status, str(error.detail or error), error.scim_type)
        case ValidationError():
            first = Error.from_validation_errors(error)[0]
            said = (int(first.status or 400), str(first.detail), first.scim_type)
        case Conflict():
            said = (409, str(error), "uniqueness")
        case Changed():
            said = (412, str(error), None)
        case NotThere():
            said = (404, str(error), None)
        case _:
            said = (400, str(error), "invalidValue")
    return said[0], _problem(*said)


def answered(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The endpoint for those with a token of the directory; what it refuses as a SCIM error, which is kept."""

    async def handler(request: web.Request) -> web.Response:
        try:
            speaker = await _speaker(request)
        except Wrong as error:
            headers = {"WWW-Authenticate": 'Bearer realm="SCIM"'}
            return json(_problem(error.status, error.detail, None), status=error.status, headers=headers)
        try:
            return await endpoint(request, speaker)
        except REFUSALS as error:
            status, document = problem_of(error)
            await _keep(request, speaker, status, str(document["detail"]))
            return json(document, status=status)

    return handler


async def _keep(request: web.Request, speaker: str, status: int, detail: str) -> None:
    """For the administrator: what the directory was refused. A look for what is not there is part of its work."""
    if request.method == "GET" and status == 404:
        return
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await writing.note_error(
            tx,
            by=speaker,
            request=f"{request.method} {request.path}",
            status=status,
            detail=detail,
            at=runtime.clock.now(),
        )


def json(document: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer of SCIM's media type."""
    body = msgspec.json.encode(document)
    return web.Response(body=body, status=status, headers={"Content-Type": TYPE, **(headers or {})})


def _problem(status: int, detail: str, scim_type: str | None) -> dict[str, object]:
    error: dict[str, object] = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": str(status),
        "detail": detail,
    }
    return error | ({"scimType": scim_type} if scim_type else {})


async def body_of(request: web.Request) -> dict[str, Any]:
    """The object in the body. Raises `Wrong`."""
    if request.content_type not in (TYPE, "application/json"):
        raise Wrong(415, f"Send {TYPE}.")
    text = await request.content.read(MAX_BYTES + 1)
    while not request.content.at_eof() and len(text) <= MAX_BYTES:
        text += await request.content.read(MAX_BYTES + 1 - len(text))
    if len(text) > MAX_BYTES:
        raise Wrong(413, "The body is too large.")
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Wrong(400, "The body is no object of JSON.", "invalidSyntax") from error


async def _speaker(request: web.Request) -> str:
    """Who speaks. A token of the client API is none of the directory's, nor the other way round (threats T240)."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip().isascii():
        raise Wrong(401, "A token of the directory is needed.")
    async with request.app[RUNTIME].db.read() as tx:
        token = await directory.token(tx, secret_hash(secret.strip()))
    if token is None:
        raise Wrong(401, "A token of the directory is needed.")
    if request.method != "GET":
        await _note_use(request, token)
    return f"{BY}{token.name}"


async def _note_use(request: web.Request, token: TokenRow) -> None:
    """When the directory wrote last, to the minute."""
    runtime = request.app[RUNTIME]
    now = runtime.clock.now()
    if token.used_at is None or now - token.used_at >= _NOTED_EVERY:
        async with runtime.db.write() as tx:
            await writing.note_use(tx, token.id, now)
