"""Notifications, one by one (v1)."""

from aiohttp import web

from models.engine import ReadTx
from models.gate import Person
from models.notifications import TYPES
from models.queries import notifications, posts
from models.queries.notifications import NotificationRow
from models.writes import notifications as notification_writes
from server.http.answers import json_answer, json_page
from server.http.auth import require_author, require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME
from server.http.paging import parse_page
from server.http.params import params, path_id
from server.mastodon import hidden_answers
from server.mastodon.entities import Notification
from server.mastodon.hidden_answers import Wish, merged
from server.mastodon.tools import RENDERER


async def list_notifications(request: web.Request) -> web.Response:
    """GET /api/v1/notifications, scope read:notifications. Unknown types in the filters are ignored."""
    viewer = await require_viewer(request, "read:notifications")
    given = await params(request)
    page = parse_page(given, 40, 80)
    types = given.strings("types")
    only = [one for one in types if one in TYPES] or (["none"] if types else [])
    excluded, from_actor = [one for one in given.strings("exclude_types") if one in TYPES], given.id("account_id")
    async with request.app[RUNTIME].db.read() as tx:
        rows = await notifications.page_of(
            tx,
            viewer,
            page,
            request.app[RUNTIME].clock.now(),
            types=only,
            excluded=excluded,
            from_actor=from_actor,
            with_filtered=given.boolean("include_filtered"),
        )
        hidden = await hidden_answers.answers(request, tx, viewer, page, Wish(only, excluded, from_actor))
        if hidden:
            kept = merged(page, [one.id for one in (*rows, *hidden)])
            every = {one.id: one for one in (*rows, *hidden)}
            rows = [every[one] for one in sorted(kept, reverse=True)]
        built = await _built(request, tx, rows, viewer)
    first, last = (rows[0].id, rows[-1].id) if rows else (None, None)
    return json_page(request, built, first, last, page, examined=len(rows))


async def _built(request: web.Request, tx: ReadTx, rows: list[NotificationRow], viewer: Person) -> list[Notification]:
    ids = [row.post_id for row in rows if row.post_id is not None]
    entries = await posts.of_ids(tx, ids, viewer)
    return await request.app[RENDERER].notifications(tx, rows, entries, viewer)


async def read_notification(request: web.Request) -> web.Response:
    """GET /api/v1/notifications/:id, scope read:notifications."""
    viewer = await require_viewer(request, "read:notifications")
    async with request.app[RUNTIME].db.read() as tx:
        row = await notifications.one(tx, path_id(request), viewer, request.app[RUNTIME].clock.now())
        row = row or await hidden_answers.answer(request, tx, viewer, path_id(request))
        built = await _built(request, tx, [row], viewer) if row is not None else []
    if not built:
        raise not_found()
    return json_answer(built[0])


async def clear_notifications(request: web.Request) -> web.Response:
    """POST /api/v1/notifications/clear, scope write:notifications."""
    viewer = await require_author(request, "write:notifications")
    async with request.app[RUNTIME].db.write() as tx:
        await notification_writes.clear(tx, viewer.actor_id)
        await hidden_answers.dismiss(request, tx, viewer)
    return json_answer({})


async def dismiss_notification(request: web.Request) -> web.Response:
    """POST /api/v1/notifications/:id/dismiss, scope write:notifications."""
    viewer = await require_author(request, "write:notifications")
    notification_id = path_id(request)
    async with request.app[RUNTIME].db.write() as tx:
        is_own = await notification_writes.dismiss(tx, viewer.actor_id, notification_id)
        if not is_own and not await hidden_answers.dismiss(request, tx, viewer, notification_id):
            raise not_found()
    return json_answer({})


async def unread_count(request: web.Request) -> web.Response:
    """GET /api/v1/notifications/unread_count, scope read:notifications. Counted up to `limit`, 100 of at most 1000."""
    viewer = await require_viewer(request, "read:notifications")
    limit = (await params(request)).integer("limit", 100, minimum=1, maximum=1000)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        count = await notifications.unread_count(tx, viewer, limit, runtime.clock.now())
        count += await hidden_answers.count_unread(request, tx, viewer, limit)
    return json_answer({"count": min(count, limit)})
