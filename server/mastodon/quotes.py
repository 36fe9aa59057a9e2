"""Quotes: nobody quotes what is for a community or for followers, and here everything is. So every status says that it
may not be quoted, none has quotes, and a policy that would allow them stays as it is, as with private posts everywhere.
"""

from aiohttp import web

from models.gate import Person
from models.queries import posts
from server.http.answers import json_answer
from server.http.auth import require_viewer
from server.http.errors import invalid, not_found
from server.http.keys import RUNTIME
from server.http.params import NO_ID, Params, path_id
from server.mastodon.tools import status_answer


async def list_quotes(request: web.Request) -> web.Response:
    """GET /api/v1/statuses/:id/quotes, scope read:statuses: none, of a status that the viewer may see."""
    viewer = await require_viewer(request, "read:statuses")
    async with request.app[RUNTIME].db.read() as tx:
        if await posts.post(tx, path_id(request), viewer) is None:
            raise not_found()
    return json_answer([])


async def revoke_quote(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/quotes/:quoting_status_id/revoke, scope write:statuses: there is none to revoke."""
    await require_viewer(request, "write:statuses")
    raise not_found()


async def choose_policy(request: web.Request) -> web.Response:
    """PUT /api/v1/statuses/:id/interaction_policy, scope write:statuses. Own statuses; the answer says what holds."""
    viewer = await require_viewer(request, "write:statuses")
    async with request.app[RUNTIME].db.read() as tx:
        post = await posts.post(tx, path_id(request), viewer)
    if post is None or post.author_id != viewer.actor_id:
        raise not_found()
    return await status_answer(request, post.id, viewer)


async def refuse_quote(request: web.Request, viewer: Person, given: Params) -> None:
    """A post that would quote another is not published without it. Raises `ApiError` 404 or 422."""
    if not given.text("quoted_status_id"):
        return
    async with request.app[RUNTIME].db.read() as tx:
        if await posts.post(tx, given.id("quoted_status_id") or NO_ID, viewer) is None:
            raise not_found()
    raise invalid("Quoted status may not be quoted: link to it, or answer it")
