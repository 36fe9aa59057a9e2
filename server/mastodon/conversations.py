"""Conversations: what people say to those whom they mention and to nobody else, by thread and by who takes part."""

from collections.abc import Sequence

from aiohttp import web

from models.engine import ReadTx
from models.gate import Person
from models.queries import conversations
from models.queries.conversations import ConversationRow
from models.writes import conversations as conversation_writes
from server.http.answers import json_answer, json_page
from server.http.auth import require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME
from server.http.paging import parse_page
from server.http.params import params, path_id
from server.mastodon.entities import Conversation
from server.mastodon.render import Renderer
from server.mastodon.tools import RENDERER


async def list_conversations(request: web.Request) -> web.Response:
    """GET /api/v1/conversations, scope read:statuses. Paged by the id of the last status."""
    viewer = await require_viewer(request, "read:statuses")
    page = parse_page(await params(request), 20, 40)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await conversations.page_of(tx, viewer, page, runtime.clock.now())
        built = await _built(request.app[RENDERER], tx, rows, viewer)
    first, last = (rows[0].last.id, rows[-1].last.id) if rows else (None, None)
    return json_page(request, built, first, last, page, examined=len(rows))


async def read_conversation(request: web.Request) -> web.Response:
    """POST /api/v1/conversations/:id/read, scope write:conversations."""
    return await _mark(request, is_unread=False)


async def unread_conversation(request: web.Request) -> web.Response:
    """POST /api/v1/conversations/:id/unread, scope write:conversations."""
    return await _mark(request, is_unread=True)


async def delete_conversation(request: web.Request) -> web.Response:
    """DELETE /api/v1/conversations/:id, scope write:conversations. It comes back when somebody says something."""
    viewer = await require_viewer(request, "write:conversations")
    conversation_id = path_id(request)
    async with request.app[RUNTIME].db.write() as tx:
        if not await conversation_writes.drop(tx, viewer.actor_id, conversation_id):
            raise not_found()
    return json_answer({})


async def _mark(request: web.Request, *, is_unread: bool) -> web.Response:
    viewer = await require_viewer(request, "write:conversations")
    conversation_id = path_id(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        row = await conversations.one(tx, conversation_id, viewer, runtime.clock.now())
        if row is None or not await conversation_writes.mark(tx, viewer.actor_id, conversation_id, is_unread=is_unread):
            raise not_found()
        row = await conversations.one(tx, conversation_id, viewer, runtime.clock.now())
        built = await _built(request.app[RENDERER], tx, [row] if row else [], viewer)
    if not built:
        raise not_found()
    return json_answer(built[0])


async def _built(renderer: Renderer, tx: ReadTx, rows: Sequence[ConversationRow], viewer: Person) -> list[Conversation]:
    """Conversations; one whose last status cannot be shown is left out."""
    statuses = {one.id: one for one in await renderer.statuses(tx, [row.last for row in rows], viewer)}
    people = await renderer.shown(tx, {viewer.actor_id, *(one for row in rows for one in row.people)})
    return [
        Conversation(
            id=str(row.id),
            unread=row.is_unread,
            accounts=[people[one] for one in row.people or [viewer.actor_id] if one in people],
            last_status=statuses[str(row.last.id)],
        )
        for row in rows
        if str(row.last.id) in statuses
    ]
