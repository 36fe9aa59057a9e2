"""Files of posts of ours for partners' servers, which show by a signature who they are.

The gate is asked for the post that the file belongs to: who may have the one may have the other (threats T056, T236).
"""

from aiohttp import web

from models.media import FOR_POST, READY
from models.queries import posts
from server.activitypub.asking import reading, require_peer
from server.activitypub.refusals import not_found
from server.media.endpoint import named, stored, version_of


async def show(request: web.Request) -> web.StreamResponse:
    """GET /media/files/{name} and …/small. Never an ActivityPub document, whatever was asked for (threats T028)."""
    viewer = await require_peer(request)
    row = await named(request)
    if row is None or row.purpose != FOR_POST or row.state != READY or row.post_id is None:
        raise not_found()
    async with reading(request) as tx:
        post = await posts.post(tx, row.post_id, viewer)
    if post is None:
        raise not_found()
    return await stored(request, row.file, version_of(request), "private, no-store")
