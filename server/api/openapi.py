"""The OpenAPI document of the product's own API, made from its table and its Structs: it cannot say anything else than
what runs.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, get_args, get_origin

import msgspec
from aiohttp import web

from server.api.endpoint import ROOT, Endpoint
from server.api.shapes import Nothing
from server.http.answers import json_answer
from server.http.errors import ErrorBody
from server.http.keys import BASE_URL

VERSION: Final = "1.0.0"
_REFERENCE: Final = "#/components/schemas/{name}"
_PATH_ID: Final = {"type": "string", "pattern": "^[0-9]{1,19}$"}
_LINK: Final = {
    "description": "The next page, then the one before, as in the client API; none on an empty page.",
    "schema": {"type": "string"},
}


def document(endpoints: Sequence[Endpoint], base_url: str) -> dict[str, Any]:
    """The whole document, for a server at this address."""
    kinds = [ErrorBody, *(_item(one.answer) for one in endpoints), *(one.query for one in endpoints)]
    kinds += [one.body for one in endpoints if one.body is not None]
    unique = list(dict.fromkeys(kinds))
    references, schemas = msgspec.json.schema_components(unique, ref_template=_REFERENCE)
    schema_of = dict(zip(unique, references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schema_of, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Entrepairs",
            "version": VERSION,
            "description": "What the Mastodon client API has no word for: communities, threads with their state, what "
            "hosts look at. Tokens, scopes, errors, ids and pages are those of the client API.",
        },
        "servers": [{"url": f"{base_url}{ROOT}"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": _security(endpoints, base_url)}},
    }


def answering(endpoints: Callable[[], Sequence[Endpoint]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """GET /api/entrepairs/v1/openapi.json, without a token: it says nothing of anybody."""

    async def show(request: web.Request) -> web.Response:
        return json_answer(document(endpoints(), request.app[BASE_URL]))

    return show


def _item(answer: Any) -> Any:
    return get_args(answer)[0] if get_origin(answer) is list else answer


def _operation(one: Endpoint, schema_of: dict[Any, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    is_list = get_origin(one.answer) is list
    schema = schema_of[_item(one.answer)]
    success: dict[str, Any] = {
        "description": "Done.",
        "content": {"application/json": {"schema": {"type": "array", "items": schema} if is_list else schema}},
    }
    if is_list:
        success["headers"] = {"Link": _LINK}
    refusal = {"content": {"application/json": {"schema": schema_of[ErrorBody]}}}
    operation: dict[str, Any] = {
        "operationId": f"{one.method.lower()}{re.sub(r'[^a-z]+', '_', one.path)}".strip("_"),
        "summary": one.summary,
        "security": [{"token": [scope]} for scope in one.scopes],
        "parameters": [*_path_parameters(one.path), *_query_parameters(one.query, schema_of, schemas)],
        "responses": {
            "200": success,
            "4XX": {"description": "Refused; `error` says why.", **refusal},
            "5XX": {"description": "Could not be done now.", **refusal},
        },
    }
    if one.body is not None:
        content = {"schema": schema_of[one.body]}
        needed = any(field.required for field in msgspec.structs.fields(one.body))
        operation["requestBody"] = {"required": needed, "content": {"application/json": content}}
    if one.file is not None:
        binary = {"type": "string", "format": "binary"}
        form = {
            "type": "object",
            "properties": {one.file: binary},
            "required": [one.file],
            "additionalProperties": False,
        }
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    return operation


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)\}", path)
    return [{"name": name, "in": "path", "required": True, "schema": _PATH_ID} for name in names]


def _query_parameters(query: Any, schema_of: dict[Any, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if query is Nothing:
        return []
    described = schemas[schema_of[query]["$ref"].rpartition("/")[2]]
    needed = described.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": schema}
        for name, schema in described["properties"].items()
    ]


def _security(endpoints: Sequence[Endpoint], base_url: str) -> dict[str, Any]:
    scopes = sorted({scope for one in endpoints for scope in one.scopes})
    flow = {
        "authorizationUrl": f"{base_url}/oauth/authorize",
        "tokenUrl": f"{base_url}/oauth/token",
        "scopes": dict.fromkeys(scopes, "As in the client API."),
    }
    return {"type": "oauth2", "flows": {"authorizationCode": flow}}
