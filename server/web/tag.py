"""/tags/{name}: posts with a hashtag, as far as the reader may see them; where hashtags in posts lead."""

from typing import Final

from aiohttp import web

from models.queries import feeds
from server.http import sessions
from server.http.keys import RUNTIME
from server.http.pages import page
from server.media.endpoint import MEDIA
from server.web.profile import POSTS_SHOWN, window_of
from server.web.shown import shown

_MAX_NAME: Final = 100


async def show(request: web.Request) -> web.Response:
    """GET /tags/{name}. Also of a hashtag that nobody has used."""
    session = await sessions.require_session(request)
    name = request.match_info["name"].lower()
    if len(name) > _MAX_NAME or not name.replace("_", "a").isalnum():
        raise web.HTTPNotFound
    viewer = session.who.person
    async with request.app[RUNTIME].db.read() as tx:
        rows = await feeds.tag(tx, name, viewer, window_of(request), request.app[RUNTIME].clock.now())
        posts = await shown(tx, rows, viewer, request.app[MEDIA])
    return page(
        request,
        "web/tag.html",
        session=session,
        name=name,
        posts=posts,
        older=rows[-1].cursor if len(rows) == POSTS_SHOWN else None,
    )
