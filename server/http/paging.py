"""Pages of the client API: the window a request asks for, and the `Link` header by which clients go on.

Clients parse that header with expressions of their own: the next link first, one space, double quotes, no comma,
semicolon or angle bracket inside an address, nothing else.
"""

from typing import Final
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from models.queries.paging import Page
from server.http.keys import BASE_URL
from server.http.params import PARAMS, Params

_NOT_REPEATED: Final = frozenset({"max_id", "since_id", "min_id", "access_token"})
_UNSAFE_IN_PATH: Final = str.maketrans({"<": "%3C", ">": "%3E", ",": "%2C", ";": "%3B", '"': "%22"})


def parse_page(params: Params, default: int, maximum: int) -> Page:
    """The window asked for. `limit` is clamped to 1..maximum; bounds that are not ids are ignored."""
    return Page(
        max_id=params.bound("max_id"),
        since_id=params.bound("since_id"),
        min_id=params.bound("min_id"),
        limit=params.integer("limit", default, minimum=1, maximum=maximum),
    )


def link_header(
    request: web.Request, first_cursor: int | None, last_cursor: int | None, *, is_full: bool
) -> str | None:
    """The value of `Link`; None for an empty page, which has no such header.

    `next` leads below the last cursor and is given when the page was full, `prev` leads above the first. Absolute,
    by the public address of the server, with the request's own parameters repeated but for cursors and tokens.
    """
    if first_cursor is None or last_cursor is None:
        return None
    url = request.rel_url
    path = url.raw_path.rstrip("/").translate(_UNSAFE_IN_PATH)
    own = [(name, value) for name, value in _own(request) if name not in _NOT_REPEATED]
    query = urlencode(own, safe="[]:@/", errors="replace")
    start = f"<{request.app[BASE_URL]}{path}?{query}&" if query else f"<{request.app[BASE_URL]}{path}?"
    previous = f'{start}min_id={first_cursor}>; rel="prev"'
    return f'{start}max_id={last_cursor}>; rel="next", {previous}' if is_full else previous


def _own(request: web.Request) -> list[tuple[str, str]]:
    """The parameters as they were sent; those of a body too, which a GET may have (client API 1.3)."""
    if request.body_exists and PARAMS in request:
        return request[PARAMS].pairs
    raw_query = request.rel_url.raw_query_string
    return parse_qsl(raw_query, keep_blank_values=True) if raw_query else []
