"""Addresses of provisioning (SCIM 2.0).

What answers there is loaded by the first request: the library of its schemas takes sixteen megabytes, and a firm
without a directory never needs it.
"""

import asyncio
import sys
from importlib import import_module
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from server.scim.addresses import BASE

_ENDPOINTS: Final = "server.scim.endpoints"
_ADDRESSES: Final = [
    ("GET", f"{BASE}/ServiceProviderConfig"),
    ("GET", f"{BASE}/ResourceTypes"),
    ("GET", f"{BASE}/ResourceTypes/{{id}}"),
    ("GET", f"{BASE}/Schemas"),
    ("GET", f"{BASE}/Schemas/{{id}}"),
    ("POST", f"{BASE}/.search"),
    ("POST", f"{BASE}/Bulk"),
    *(
        (method, f"{BASE}/{place}{path}")
        for place in ("Users", "Groups")
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("POST", "/.search"),
            ("GET", "/{id}"),
            ("PUT", "/{id}"),
            ("PATCH", "/{id}"),
            ("DELETE", "/{id}"),
        )
    ),
    ("GET", f"{BASE}/{{rest:.*}}"),
]


def _late(method: str, path: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        if _ENDPOINTS not in sys.modules:
            await asyncio.to_thread(import_module, _ENDPOINTS)
        answered: Handler = import_module(_ENDPOINTS).ENDPOINTS[method, path]
        return await answered(request)

    return handler


ROUTES: Final[list[tuple[str, str, Handler]]] = [(method, path, _late(method, path)) for method, path in _ADDRESSES]
"""Method, path, handler."""
