"""/search: people and communities by name, posts by their words, of what the reader may read."""

from typing import Final

from aiohttp import web

from server.actions import remote, searching
from server.http import sessions
from server.http.csrf import token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page
from server.media.endpoint import MEDIA
from server.web.shown import page_of, shown

POSTS_SHOWN: Final = 20
PEOPLE_SHOWN: Final = 10
_MAX_OFFSET: Final = 10_000


async def show(request: web.Request) -> web.Response:
    """GET /search. Nothing is stored of what was looked for, and no other server is asked."""
    session = await sessions.require_session(request)
    viewer, runtime = session.who.person, request.app[RUNTIME]
    typed, offset = request.query.get("q", "").strip(), _offset(request)
    text = remote.canonical(typed)
    async with runtime.db.read() as tx:
        people = await searching.people(tx, text, viewer, (PEOPLE_SHOWN, 0)) if text and not offset else []
        window = (POSTS_SHOWN, offset)
        rows = await searching.posts_with(
            tx, text, viewer, window, domain=runtime.config.domain, at=runtime.clock.now()
        )
        posts = await shown(tx, rows, viewer, request.app[MEDIA])
    return page(
        request,
        "web/search.html",
        session=session,
        csrf=token_of_session(request, session),
        text=typed,
        people=[(one, page_of(one)) for one in people],
        posts=posts,
        further=offset + POSTS_SHOWN if len(rows) == POSTS_SHOWN else None,
    )


def _offset(request: web.Request) -> int:
    """How many posts are on the pages before this one."""
    text = request.query.get("offset", "")
    return min(int(text), _MAX_OFFSET) if text.isascii() and text.isdigit() and len(text) < 6 else 0
