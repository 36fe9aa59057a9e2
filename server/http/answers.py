"""JSON answers of the client API, and dates in the only form that every client parses."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

import msgspec
from aiohttp import web

from models.queries.paging import Page
from server.http.paging import link_header

JSON_TYPE: Final = "application/json; charset=utf-8"

_encode: Final = msgspec.json.Encoder().encode


def json_answer(data: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Entities, lists and dicts of them, as JSON. A method without a result answers `json_answer({})`."""
    return web.Response(body=_encode(data), status=status, headers={"Content-Type": JSON_TYPE, **(headers or {})})


def json_page(
    request: web.Request,
    items: Sequence[object],
    first_cursor: int | None,
    last_cursor: int | None,
    page: Page,
    *,
    examined: int | None = None,
) -> web.Response:
    """One page of a list, newest first, with its `Link` header.

    The cursors are of the first and the last row that was examined, None when there was none. `examined` is how many
    rows that was, where some were left out of `items`: a page that was full in the database is not the list's end.
    """
    is_full = (len(items) if examined is None else examined) >= page.limit
    link = link_header(request, first_cursor, last_cursor, is_full=is_full)
    return json_answer(items, headers=None if link is None else {"Link": link})


def instant(at: datetime) -> str:
    """`2026-01-31T12:05:00.123Z`: UTC, three decimals (cut, not rounded), Z. Raises ValueError without a time zone."""
    if at.tzinfo is not UTC:
        at = _in_utc(at)
    return at.isoformat(timespec="milliseconds")[:23] + "Z"


def midnight(at: datetime) -> str:
    """The instant cut to the start of its day, as `created_at` of accounts is given."""
    return f"{day(at)}T00:00:00.000Z"


def day(at: date) -> str:
    """`2026-01-31`; of an instant its day in UTC."""
    if isinstance(at, datetime):
        at = _in_utc(at).date()
    return at.isoformat()


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {at!r}")
    return at.astimezone(UTC)
