"""Users and Groups: create, read, search, replace, patch, delete (RFC 7644, section 3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from scim2_models import Context, Group, ListResponse, PatchOp, ResponseParameters, ScimFilter, SearchRequest

from federation.runtime import Runtime
from models.directory import GROUP, USER
from models.engine import ReadTx, WriteTx
from models.queries import directory
from models.queries.directory import EntryRow
from server.actions import provisioning
from server.actions.leaving import Here
from server.actions.local_actors import Keys, new_keys
from server.http.keys import RUNTIME
from server.scim import leniently, shapes
from server.scim.answers import Done, Wrong, body_of, json
from server.scim.filters import candidates
from server.scim.shapes import Person, etag, number_of

MOST_SHOWN: Final = 200
"""Resources in one answer."""


Show = Callable[[EntryRow, Sequence[tuple[int, str]], str], Any]
"""Makes a resource of a row, what is around it, and our address."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of resource: its model, and what belongs to it."""

    name: str
    model: Any
    show: Show

    async def shown(self, tx: ReadTx, rows: Sequence[EntryRow], base_url: str) -> list[Any]:
        """Rows as resources; one statement for what is around them, whatever their number."""
        look_around = directory.groups if self.name == USER else directory.members
        around = await look_around(tx, [row.id for row in rows])
        return [self.show(row, around.get(row.id, []), base_url) for row in rows]

    async def add(self, tx: WriteTx, here: Here, resource: Any, keys: Keys, by: str) -> EntryRow:
        """Create."""
        if self.name == USER:
            return await provisioning.add_person(tx, here, shapes.person_of(resource), keys, by=by)
        return await provisioning.add_group(tx, here, shapes.group_of(resource), by=by)

    async def change(self, tx: WriteTx, here: Here, known: EntryRow, resource: Any, by: str) -> EntryRow:
        """Say what it is now."""
        if self.name == USER:
            return await provisioning.change_person(tx, here, known, shapes.person_of(resource), by=by)
        return await provisioning.change_group(tx, here, known, shapes.group_of(resource), by=by)

    async def remove(self, tx: WriteTx, here: Here, known: EntryRow, by: str) -> None:
        """Forget."""
        act = provisioning.remove_person if self.name == USER else provisioning.remove_group
        await act(tx, here, known, by=by)


USERS: Final = Kind(USER, Person, shapes.shown_person)
GROUPS: Final = Kind(GROUP, Group, shapes.shown_group)


async def create(runtime: Runtime, kind: Kind, document: dict[str, Any], by: str, wanted: Any = None) -> Done:
    """A new resource."""
    resource = kind.model.model_validate(leniently.resource(document), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    keys = await new_keys()
    async with runtime.db.write() as tx:
        row = await kind.add(tx, runtime, resource, keys, by)
        (made,) = await kind.shown(tx, [row], runtime.config.base_url)
    shown = made.model_dump(scim_ctx=Context.RESOURCE_CREATION_RESPONSE, response_parameters=wanted)
    return Done(201, {"Location": made.meta.location, "ETag": etag(row)}, shown)


async def replace(
    runtime: Runtime,
    kind: Kind,
    number: str,
    document: dict[str, Any],
    by: str,
    *,
    version: str | None,
    wanted: Any = None,
) -> Done:
    """What it is from now on, whole."""

    def replaced(present: Any) -> Any:
        resource: Any = kind.model.model_validate(
            leniently.resource(document), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST
        )
        resource.replace(present)
        return resource

    return await _changed(runtime, kind, number, by, replaced, version, wanted, Context.RESOURCE_REPLACEMENT_RESPONSE)


async def patch(
    runtime: Runtime,
    kind: Kind,
    number: str,
    document: dict[str, Any],
    by: str,
    *,
    version: str | None,
    wanted: Any = None,
) -> Done:
    """What of it is otherwise from now on."""

    def patched(present: Any) -> Any:
        operations: Any = PatchOp[kind.model].model_validate(  # type: ignore[name-defined]
            leniently.patch(document), scim_ctx=Context.RESOURCE_PATCH_REQUEST
        )
        operations.patch(present)
        return present

    return await _changed(runtime, kind, number, by, patched, version, wanted, Context.RESOURCE_PATCH_RESPONSE)


async def delete(runtime: Runtime, kind: Kind, number: str, by: str, *, version: str | None) -> Done:
    """The directory forgets it."""
    async with runtime.db.write() as tx:
        row = await _row(tx, kind, number)
        _require_version(version, row)
        await kind.remove(tx, runtime, row, by)
    return Done(204, {}, None)


async def _changed(
    runtime: Runtime,
    kind: Kind,
    number: str,
    by: str,
    change: Callable[[Any], Any],
    version: str | None,
    wanted: Any,
    context: Context,
) -> Done:
    async with runtime.db.write() as tx:
        row = await _row(tx, kind, number)
        _require_version(version, row)
        (present,) = await kind.shown(tx, [row], runtime.config.base_url)
        row = await kind.change(tx, runtime, row, change(present), by)
        (shown,) = await kind.shown(tx, [row], runtime.config.base_url)
    document = shown.model_dump(scim_ctx=context, response_parameters=wanted)
    return Done(200, {"ETag": etag(row), "Location": shown.meta.location}, document)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints of one kind."""

    kind: Kind

    async def create(self, request: web.Request, by: str) -> web.Response:
        """POST /Users, /Groups."""
        document, wanted = await body_of(request), _parameters(self.kind, request)
        return (await create(request.app[RUNTIME], self.kind, document, by, wanted)).response()

    async def read(self, request: web.Request, _by: str) -> web.Response:
        """GET /Users/{id}. 304 for who has this version."""
        kind, runtime = self.kind, request.app[RUNTIME]
        async with runtime.db.read() as tx:
            row = await _row(tx, kind, request.match_info["id"])
            (found,) = await kind.shown(tx, [row], runtime.config.base_url)
        headers = {"ETag": etag(row), "Location": found.meta.location}
        if request.headers.get("If-None-Match") == etag(row):
            return web.Response(status=304, headers=headers)
        return json(
            found.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=_parameters(kind, request)),
            headers=headers,
        )

    async def search(self, request: web.Request, _by: str) -> web.Response:
        """GET /Users?filter=…, and POST /Users/.search with the same in the body."""
        given = await body_of(request) if request.method == "POST" else dict(request.query)
        asked: Any = SearchRequest[self.kind.model].model_validate(given, scim_ctx=Context.SEARCH_REQUEST)  # type: ignore[name-defined]
        return await listed(request, asked, [self.kind])

    async def replace(self, request: web.Request, by: str) -> web.Response:
        """PUT /Users/{id}."""
        return (await replace(*await self._change(request, by), **_conditions(self.kind, request))).response()

    async def patch(self, request: web.Request, by: str) -> web.Response:
        """PATCH /Users/{id}."""
        return (await patch(*await self._change(request, by), **_conditions(self.kind, request))).response()

    async def delete(self, request: web.Request, by: str) -> web.Response:
        """DELETE /Users/{id}."""
        version = request.headers.get("If-Match")
        done = await delete(request.app[RUNTIME], self.kind, request.match_info["id"], by, version=version)
        return done.response()

    async def _change(self, request: web.Request, by: str) -> tuple[Runtime, Kind, str, dict[str, Any], str]:
        return request.app[RUNTIME], self.kind, request.match_info["id"], await body_of(request), by


async def search_all(request: web.Request, _by: str) -> web.Response:
    """POST /.search: people and groups at once."""
    asked: Any = SearchRequest[Person | Group].model_validate(await body_of(request), scim_ctx=Context.SEARCH_REQUEST)
    return await listed(request, asked, [USERS, GROUPS])


async def listed(request: web.Request, asked: Any, kinds: Sequence[Kind]) -> web.Response:
    """A page of what fits, in the order asked for."""
    start, size = max(asked.start_index or 1, 1), min(MOST_SHOWN if asked.count is None else asked.count, MOST_SHOWN)
    runtime = request.app[RUNTIME]
    found: list[Any] = []
    async with runtime.db.read() as tx:
        if asked.filter is None and asked.sort_by is None and len(kinds) == 1:
            total = await directory.count(tx, kinds[0].name)
            rows = await directory.page(tx, kinds[0].name, offset=start - 1, limit=max(size, 0)) if size > 0 else []
            shown = await kinds[0].shown(tx, rows, runtime.config.base_url)
        else:
            for kind in kinds:
                rows = await candidates(tx, kind.name, asked.filter)
                if len(rows) >= directory.MOST:
                    raise Wrong(400, "Too many resources would have to be looked at: ask for fewer.", "tooMany")
                found += await kind.shown(tx, rows, runtime.config.base_url)
            fitting = [one for one in found if asked.filter is None or _fits(asked.filter, one)]
            total, shown = len(fitting), asked.sort(fitting)[start - 1 : start - 1 + max(size, 0)]
    models = Person | Group if len(kinds) > 1 else kinds[0].model
    answer: Any = ListResponse[models].model_construct(  # type: ignore[valid-type]
        total_results=total, start_index=start, items_per_page=len(shown), resources=shown
    )
    return json(answer.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=asked))


def _fits(wanted: Any, resource: Any) -> bool:
    bound: Any = ScimFilter[type(resource)](str(wanted))  # type: ignore[misc, operator]
    return bool(bound.match(resource))


async def _row(tx: ReadTx, kind: Kind, number: str) -> EntryRow:
    row = await directory.entry(tx, kind.name, number_of(number))
    if row is None:
        raise Wrong(404, f"There is no resource {number[:60]}.")
    return row


def _require_version(wanted: str | None, row: EntryRow) -> None:
    if wanted is not None and wanted not in ("*", etag(row)):
        raise Wrong(412, "It was changed since that version.")


def _conditions(kind: Kind, request: web.Request) -> dict[str, Any]:
    return {"version": request.headers.get("If-Match"), "wanted": _parameters(kind, request)}


def _parameters(kind: Kind, request: web.Request) -> Any:
    given = {name: request.query[name] for name in ("attributes", "excludedAttributes") if name in request.query}
    return ResponseParameters[kind.model].model_validate(given) if given else None  # type: ignore[name-defined]
