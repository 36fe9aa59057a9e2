"""Statuses that are written for later: listing, moving and cancelling them. They are made where statuses are."""

from collections.abc import Sequence

from aiohttp import web

from models.engine import ReadTx
from models.gate import Person
from models.queries import media, scheduled
from models.queries.scheduled import ScheduledRow
from server.actions import scheduling
from server.actions.posts import Draft
from server.http.answers import instant, json_answer, json_page
from server.http.auth import require_author, require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import params, path_id
from server.mastodon.carried import upload_of
from server.mastodon.entities import MediaAttachment, ScheduledParams, ScheduledPoll, ScheduledStatus
from server.media.endpoint import MEDIA


async def entities(
    request: web.Request, tx: ReadTx, rows: Sequence[ScheduledRow], viewer: Person
) -> list[ScheduledStatus]:
    """Posts of the viewer's that are still to come. One statement for files, where there are any."""
    drafts = [scheduling.draft_of(row) for row in rows]
    uploads = await media.own_uploads(tx, {one for draft in drafts for one in draft.file_ids or ()}, viewer)
    shown = {one: upload_of(upload, request.app[MEDIA], viewer) for one, upload in uploads.items()}
    return [
        _entity(row, draft, [shown[one] for one in draft.file_ids or () if one in shown])
        for row, draft in zip(rows, drafts, strict=True)
    ]


def _entity(row: ScheduledRow, draft: Draft, files: list[MediaAttachment]) -> ScheduledStatus:
    poll = draft.poll
    return ScheduledStatus(
        id=str(row.id),
        scheduled_at=instant(row.due_at),
        params=ScheduledParams(
            text=draft.text,
            poll=ScheduledPoll(
                options=poll.options,
                expires_in=poll.seconds,
                multiple=poll.is_multiple,
                hide_totals=poll.hides_totals,
            )
            if poll is not None
            else None,
            media_ids=[file.id for file in files] or None,
            sensitive=draft.is_sensitive,
            spoiler_text=draft.spoiler,
            visibility="direct" if draft.is_direct else "private",
            language=draft.language,
            in_reply_to_id=str(draft.parent_id) if draft.parent_id is not None else None,
            application_id=None,
            scheduled_at=None,
            idempotency=row.idempotency_key,
            with_rate_limit=False,
            quoted_status_id=None,
            quote_approval_policy=None,
        ),
        media_attachments=files,
    )


async def list_scheduled(request: web.Request) -> web.Response:
    """GET /api/v1/scheduled_statuses, scope read:statuses."""
    viewer = await require_viewer(request, "read:statuses")
    page = parse_page(await params(request), 20, 40)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await scheduled.page_of(tx, viewer, page)
        shown = await entities(request, tx, rows, viewer)
    first, last = (rows[0].id, rows[-1].id) if rows else (None, None)
    return json_page(request, shown, first, last, page)


async def read_scheduled(request: web.Request) -> web.Response:
    """GET /api/v1/scheduled_statuses/:id, scope read:statuses."""
    return await answer(request, path_id(request), await require_viewer(request, "read:statuses"))


async def answer(request: web.Request, scheduled_id: int, viewer: Person) -> web.Response:
    """A post of the viewer's that is still to come. Raises `ApiError` 404."""
    async with request.app[RUNTIME].db.read() as tx:
        row = await scheduled.one(tx, scheduled_id, viewer)
        if row is None:
            raise not_found()
        return json_answer((await entities(request, tx, [row], viewer))[0])


async def change_scheduled(request: web.Request) -> web.Response:
    """PUT /api/v1/scheduled_statuses/:id, scope write:statuses. Another time, at least five minutes ahead."""
    viewer = await require_author(request, "write:statuses")
    scheduled_id = path_id(request)
    due_at = (await params(request)).instant("scheduled_at")
    if due_at is None:
        return await answer(request, scheduled_id, viewer)
    await scheduling.move(request.app[SERVICES], viewer, scheduled_id, due_at)
    return await answer(request, scheduled_id, viewer)


async def delete_scheduled(request: web.Request) -> web.Response:
    """DELETE /api/v1/scheduled_statuses/:id, scope write:statuses."""
    viewer = await require_author(request, "write:statuses")
    await scheduling.cancel(request.app[SERVICES], viewer, path_id(request))
    return json_answer({})
