"""Pinning statuses: to one's own profile, and for those who lead a community on top of it."""

from aiohttp import web

from server.actions import pins
from server.http.auth import require_author
from server.http.keys import SERVICES
from server.http.params import path_id
from server.mastodon.tools import status_answer


async def pin_status(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/pin, scope write:accounts."""
    viewer = await require_author(request, "write:accounts")
    entry_id = await pins.pin(request.app[SERVICES], viewer, path_id(request))
    return await status_answer(request, entry_id, viewer)


async def unpin_status(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/unpin, scope write:accounts."""
    viewer = await require_author(request, "write:accounts")
    entry_id = await pins.pin(request.app[SERVICES], viewer, path_id(request), pins=False)
    return await status_answer(request, entry_id, viewer)
