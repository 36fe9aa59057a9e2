"""/me/discreet: what somebody asked without being shown, what waits to be published, and whether a seal was opened."""

import msgspec
from aiohttp import web

from models.discreet import KEY_KEPT, marks_of
from models.engine import ReadTx
from models.gate import Person
from models.queries import discreet, posts
from models.queries.discreet import Asked
from models.queries.posts import EntryRow
from server.actions.discreet import open_words
from server.actions.readers import Sentence
from server.http import sessions
from server.http.keys import RUNTIME
from server.http.pages import page


class Waiting(msgspec.Struct, frozen=True):
    """Something that is not published yet, or was refused."""

    text: str
    refused: Sentence | None


async def show(request: web.Request) -> web.Response:
    """GET /me/discreet."""
    session = await sessions.require_session(request)
    runtime, viewer = request.app[RUNTIME], session.who.person
    now = runtime.clock.now()
    marks = marks_of(runtime.vault, viewer.actor_id, now)
    async with runtime.db.read() as tx:
        asked = await _asked(tx, viewer, await discreet.of_marks(tx, marks))
        drafts = await discreet.drafts(tx, marks, now)
    return page(
        request,
        "web/discreet.html",
        session=session,
        asked=asked,
        waiting=[Waiting(open_words(runtime, one).text, _why(one.refused)) for one in drafts],
        days=KEY_KEPT.days,
    )


async def _asked(tx: ReadTx, viewer: Person, rows: list[Asked]) -> list[tuple[Asked, EntryRow | None]]:
    """Each with its opening post, as far as its author may still see it."""
    entries = await posts.of_ids(tx, [row.thread_id for row in rows], viewer)
    return [(row, entries.get(row.thread_id)) for row in rows]


def _why(stored: str | None) -> Sentence | None:
    return (
        None
        if stored is None
        else Sentence(*msgspec.json.decode(stored, type=tuple[str, dict[str, str]], strict=False))
    )
