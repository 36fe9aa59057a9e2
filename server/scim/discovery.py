"""What this server can do of SCIM: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644, section 4)."""

from typing import Any, Final

from aiohttp import web
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    EnterpriseUser,
    ETag,
    Filter,
    Group,
    ListResponse,
    Meta,
    Patch,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
    User,
)

from server.http.keys import RUNTIME
from server.scim.addresses import BASE
from server.scim.answers import MAX_BYTES, Wrong, json
from server.scim.bulk import MAX_OPERATIONS
from server.scim.resources import MOST_SHOWN
from server.scim.shapes import Person

_SCHEMAS: Final = (User, Group, EnterpriseUser)
_TYPES: Final = (Person, Group)


async def config(request: web.Request, _by: str) -> web.Response:
    """GET /ServiceProviderConfig."""
    found = ServiceProviderConfig(
        documentation_uri=None,
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MAX_OPERATIONS, max_payload_size=MAX_BYTES),
        filter=Filter(supported=True, max_results=MOST_SHOWN),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token made at the command line, or on the page of provisioning.",
                primary=True,
            )
        ],
        meta=Meta(resource_type="ServiceProviderConfig", location=_place(request, "ServiceProviderConfig")),
    )
    return json(found.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


async def resource_types(request: web.Request, _by: str) -> web.Response:
    """GET /ResourceTypes."""
    _refuse_filter(request)
    return _list(ResourceType, [_type(request, model) for model in _TYPES])


async def resource_type(request: web.Request, _by: str) -> web.Response:
    """GET /ResourceTypes/{id}."""
    return _one([_type(request, model) for model in _TYPES], request)


async def schemas(request: web.Request, _by: str) -> web.Response:
    """GET /Schemas."""
    _refuse_filter(request)
    return _list(Schema, [_schema(request, model) for model in _SCHEMAS])


async def schema(request: web.Request, _by: str) -> web.Response:
    """GET /Schemas/{id}."""
    return _one([_schema(request, model) for model in _SCHEMAS], request)


async def nothing(_request: web.Request, _by: str) -> web.Response:
    """Every other address below: an error in SCIM's form."""
    raise Wrong(404, "There is nothing at this address.")


def _type(request: web.Request, model: Any) -> Any:
    found = ResourceType.from_resource(model)
    found.meta = Meta(resource_type="ResourceType", location=_place(request, f"ResourceTypes/{found.id}"))
    return found


def _schema(request: web.Request, model: Any) -> Any:
    found = model.to_schema()
    found.meta = Meta(resource_type="Schema", location=_place(request, f"Schemas/{found.id}"))
    return found


def _place(request: web.Request, name: str) -> str:
    return f"{request.app[RUNTIME].config.base_url}{BASE}/{name}"


def _list(model: Any, found: list[Any]) -> web.Response:
    answer: Any = ListResponse[model].model_construct(
        total_results=len(found), start_index=1, items_per_page=len(found), resources=found
    )
    return json(answer.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def _one(found: list[Any], request: web.Request) -> web.Response:
    wanted = next((one for one in found if one.id == request.match_info["id"]), None)
    if wanted is None:
        raise Wrong(404, f"There is no {request.match_info['id'][:100]}.")
    return json(wanted.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def _refuse_filter(request: web.Request) -> None:
    """RFC 7644, section 4: filters are forbidden here."""
    if "filter" in request.query:
        raise Wrong(403, "This cannot be filtered.")
