"""What answers at each address of provisioning. Loaded by the first request (`routes.py`)."""

from typing import Final

from aiohttp.typedefs import Handler

from server.scim import bulk, discovery, resources
from server.scim.addresses import BASE
from server.scim.answers import answered
from server.scim.resources import Endpoints

_USERS, _GROUPS = Endpoints(resources.USERS), Endpoints(resources.GROUPS)

_TABLE: Final[list[tuple[str, str, Handler]]] = [
    ("GET", f"{BASE}/ServiceProviderConfig", answered(discovery.config)),
    ("GET", f"{BASE}/ResourceTypes", answered(discovery.resource_types)),
    ("GET", f"{BASE}/ResourceTypes/{{id}}", answered(discovery.resource_type)),
    ("GET", f"{BASE}/Schemas", answered(discovery.schemas)),
    ("GET", f"{BASE}/Schemas/{{id}}", answered(discovery.schema)),
    ("POST", f"{BASE}/.search", answered(resources.search_all)),
    ("POST", f"{BASE}/Bulk", answered(bulk.bulk)),
    *(
        (method, f"{BASE}/{place}{path}", answered(endpoint))
        for place, kind in (("Users", _USERS), ("Groups", _GROUPS))
        for method, path, endpoint in (
            ("GET", "", kind.search),
            ("POST", "", kind.create),
            ("POST", "/.search", kind.search),
            ("GET", "/{id}", kind.read),
            ("PUT", "/{id}", kind.replace),
            ("PATCH", "/{id}", kind.patch),
            ("DELETE", "/{id}", kind.delete),
        )
    ),
    ("GET", f"{BASE}/{{rest:.*}}", answered(discovery.nothing)),
]

ENDPOINTS: Final = {(method, path): handler for method, path, handler in _TABLE}
"""Handlers by method and path."""
