"""Files of posts of ours for partners' servers, which show by a signature who they are.

The gate is asked for the post that the file belongs to: who may have the one may have the other (threats T056, T236).
"""

from aiohttp import web

from models.queries import media
from server.activitypub.asking import reading, require_peer
from server.activitypub.refusals import not_found
from server.media.endpoint import name_of, stored, version_of


async def show(request: web.Request) -> web.StreamResponse:
    """GET /media/files/{name} and …/small. Never an ActivityPub document, whatever was asked for (threats T028)."""
    viewer = await require_peer(request)
    async with reading(request) as tx:
        row = await media.of_post(tx, name_of(request), viewer)
    if row is None:
        raise not_found()
    return await stored(request, row.file, version_of(request), "private, no-store")
