"""One endpoint of the product's own API: its line in the table, and how a request becomes a call and its answer.

Tokens, scopes, errors and pages are those of the client API. What differs: parameters that are not as the document says
are refused with 422, where the client API would take them for not given; what cannot be done as things are, with 409.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web
from msgspec import UnsetType

from federation.runtime import Runtime
from models.gate import Person
from models.queries.paging import Page
from server.actions.refusals import NotAllowed, NotThere, Refused
from server.api.shapes import Nothing, PageQuery
from server.http.answers import json_answer, json_page
from server.http.auth import require_human
from server.http.errors import ApiError, invalid
from server.http.keys import RUNTIME, SERVICES
from server.http.params import params, path_id
from server.media.addresses import MediaAddresses
from server.media.endpoint import MEDIA
from server.services import Services

ROOT = "/api/entrepairs/v1"

Q = TypeVar("Q", bound=msgspec.Struct)
B = TypeVar("B", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """A request whose parameters are as they must be."""

    request: web.Request
    viewer: Person
    query: Q
    body: B

    @property
    def runtime(self) -> Runtime:
        """Database, clock, configuration."""
        return self.request.app[RUNTIME]

    @property
    def services(self) -> Services:
        """What actions need."""
        return self.request.app[SERVICES]

    @property
    def media(self) -> MediaAddresses:
        """Where files are shown here."""
        return self.request.app[MEDIA]

    def path_id(self, name: str = "id") -> int:
        """An id in the path. Raises `ApiError` 404 for what can be none."""
        return path_id(self.request, name)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list, with the cursors of its first and last entry."""

    items: Sequence[msgspec.Struct]
    cursors: Sequence[int]
    page: Page


Act = Callable[[Call[Any, Any]], Awaitable[msgspec.Struct | Listed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A line of the table, from which the route and its description are made."""

    method: str
    path: str
    """Below `ROOT`."""
    act: Act
    scopes: tuple[str, ...]
    """One of them is needed."""
    summary: str
    answer: Any
    """A Struct, or a list of one."""
    query: type[msgspec.Struct] = Nothing
    body: type[msgspec.Struct] | None = None
    file: str | None = None
    """The one field of a form that brings a file; `act` reads it, when it knows that the viewer may send one."""

    async def handle(self, request: web.Request) -> web.Response:
        """What the router calls."""
        viewer = await require_human(request, *self.scopes)
        query = await _converted(request, self.query, from_body=False)
        body = await _converted(request, self.body or Nothing, from_body=True)
        try:
            done = await self.act(Call(request, viewer, query, body))
        except (NotAllowed, NotThere):
            raise
        except Refused as error:
            # What was asked for is as the document says, and cannot be done as things are.
            raise ApiError(409, str(error)) from error
        if isinstance(done, Listed):
            first, last = (done.cursors[0], done.cursors[-1]) if done.cursors else (None, None)
            return json_page(request, done.items, first, last, done.page)
        return json_answer(done)


def page_of(query: PageQuery) -> Page:
    """The window that was asked for."""
    return Page(_bound(query.max_id), _bound(query.since_id), _bound(query.min_id), query.limit)


def _bound(given: int | UnsetType) -> int | None:
    return None if isinstance(given, UnsetType) else given


async def _converted(request: web.Request, kind: type[msgspec.Struct], *, from_body: bool) -> msgspec.Struct:
    """Raises `ApiError` 422 for what is not as the document says."""
    if kind is Nothing:
        return Nothing()
    given = await params(request)
    # A query and a form are text: their numbers and booleans are read from it.
    is_json = from_body and "json" in request.content_type
    if is_json and (await request.read()).lstrip()[:1] not in (b"", b"{"):
        raise invalid("The body is not a JSON object")
    try:
        return given.converted(kind, is_text=not is_json)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from None


def not_allowed(methods: Sequence[str]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The answer to methods that an address does not know."""

    async def refuse(request: web.Request) -> web.Response:
        raise ApiError(405, "This method is not allowed here", headers={"Allow": ", ".join(sorted(methods))})

    return refuse
