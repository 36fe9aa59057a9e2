"""POST /Bulk: several operations in one request (RFC 7644, 3.7), each its own transaction, as if it had come alone.

What is made in a job is named in it by its `bulkId`, also before it is made: operations wait for those they name.
"""

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from federation.runtime import Runtime
from server.http.keys import RUNTIME
from server.scim import resources
from server.scim.addresses import BASE
from server.scim.answers import REFUSALS, Done, Wrong, body_of, json, problem_of

MAX_OPERATIONS: Final = 100
"""Of which each may make the keys of a person: half a minute of work at most."""

_REFERENCE: Final = "bulkId:"
_KINDS: Final = {"users": resources.USERS, "groups": resources.GROUPS}

Operation = dict[str, Any]


async def bulk(request: web.Request, by: str) -> web.Response:
    """Every operation's outcome, in the order in which they were done; no more after `failOnErrors` failures."""
    job = await body_of(request)
    waiting = _operations(job)
    most = job.get("failOnErrors")
    if most is not None and (not isinstance(most, int) or most < 1):
        raise Wrong(400, "failOnErrors is a number from one on.", "invalidValue")
    made: dict[str, str] = {}
    results: list[dict[str, Any]] = []
    failures = 0
    while waiting and (most is None or failures < most):
        ready = [one for one in waiting if _unmade(one, made) == set()]
        # Where nothing can be done, what is left names what was never made, or each other.
        operation = ready[0] if ready else waiting[0]
        waiting.remove(operation)
        result = await _result(request.app[RUNTIME], operation, made, by)
        failures += int(result["status"]) >= 400
        results.append(result)
    return json({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": results})


def _operations(job: dict[str, Any]) -> list[Operation]:
    given = job.get("Operations")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Wrong(400, "Operations is a list of operations.", "invalidSyntax")
    if len(given) > MAX_OPERATIONS:
        raise Wrong(413, f"A job has at most {MAX_OPERATIONS} operations.")
    names = [one["bulkId"] for one in given if isinstance(one.get("bulkId"), str)]
    if len(names) != len(set(names)):
        raise Wrong(400, "Each bulkId is given once.", "invalidValue")
    return list(given)


async def _result(runtime: Runtime, operation: Operation, made: dict[str, str], by: str) -> dict[str, Any]:
    method, path = str(operation.get("method", "")).upper(), str(operation.get("path", ""))
    result: dict[str, Any] = {"method": method}
    result |= {name: operation[name] for name in ("bulkId", "version") if isinstance(operation.get(name), str)}
    if method != "POST":
        result["location"] = f"{runtime.config.base_url}{BASE}{_resolved(path, made)}"
    try:
        done = await _performed(runtime, operation, method, path, made, by)
    except REFUSALS as error:
        status, document = problem_of(error)
        return result | {"status": str(status), "response": document}
    if method == "POST" and done.document is not None and "bulkId" in result:
        made[result["bulkId"]] = str(done.document["id"])
    said = {"location": done.headers.get("Location"), "version": done.headers.get("ETag")}
    return result | {name: value for name, value in said.items() if value} | {"status": str(done.status)}


async def _performed(
    runtime: Runtime, operation: Operation, method: str, path: str, made: dict[str, str], by: str
) -> Done:
    missing = _unmade(operation, made)
    if missing:
        raise Wrong(409, f"Nothing was made as {', '.join(sorted(missing))[:200]}.", "invalidValue")
    parts = _resolved(path, made).strip("/").split("/")
    kind = _KINDS.get(parts[0].lower())
    if kind is None or len(parts) != (1 if method == "POST" else 2):
        raise Wrong(404, f"There is nothing to {method[:10]} at {path[:100]}.", "invalidPath")
    data, version = _resolved(operation.get("data"), made), operation.get("version")
    if method == "DELETE":
        return await resources.delete(runtime, kind, parts[1], by, version=version)
    if not isinstance(data, dict):
        raise Wrong(400, "The operation has no data.", "invalidSyntax")
    match method:
        case "POST":
            return await resources.create(runtime, kind, data, by)
        case "PUT":
            return await resources.replace(runtime, kind, parts[1], data, by, version=version)
        case "PATCH":
            return await resources.patch(runtime, kind, parts[1], data, by, version=version)
    raise Wrong(400, "An operation is a POST, PUT, PATCH or DELETE.", "invalidValue")


def _unmade(operation: Operation, made: dict[str, str]) -> set[str]:
    named = _named_in(operation.get("data")) | _named_in(str(operation.get("path", "")))
    return named - made.keys()


def _named_in(value: Any) -> set[str]:
    """Which bulkIds a value refers to."""
    if isinstance(value, str):
        head, found, name = value.rpartition(_REFERENCE)
        return {name} if found and head in ("", "/Users/", "/Groups/", "Users/", "Groups/") else set()
    parts: Sequence[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for part in parts for name in _named_in(part)}


def _resolved(value: Any, made: dict[str, str]) -> Any:
    """The value with numbers in the place of bulkIds."""
    if isinstance(value, dict):
        return {name: _resolved(part, made) for name, part in value.items()}
    if isinstance(value, list):
        return [_resolved(part, made) for part in value]
    if isinstance(value, str) and (named := _named_in(value)):
        name = named.pop()
        return value.replace(f"{_REFERENCE}{name}", made[name]) if name in made else value
    return value
