"""Files of our own people: uploading, looking, saying what they show, deleting (client API sections 4 and 7)."""

from typing import Final

from aiohttp import web

from federation.runtime import Clock
from models.details import details_of
from models.gate import Person
from models.media import FAILED, READY
from models.queries import media
from models.queries.media import UploadRow
from models.queries.posts import PostRow
from server.actions.attaching import MOST_FILES, Change
from server.http.answers import json_answer
from server.http.auth import require_author
from server.http.errors import missing, not_found, unprocessable
from server.http.keys import RUNTIME, SETTINGS
from server.http.limits import FixedWindows, spend
from server.http.params import Params, params, path_id
from server.mastodon.carried import upload_of
from server.mastodon.entities import MediaAttachment
from server.media.endpoint import MEDIA, UPLOADS
from server.media.uploads import Said
from server.media.workshop import MOST_FILM_BYTES, MOST_IMAGE_BYTES

MOST_UPLOADS: Final = 30
WINDOW_SECONDS: Final = 1800

UPLOAD_LIMIT: Final = web.AppKey("upload_limit", FixedWindows)
"""Counts uploads by account (client API 1.5)."""


def upload_limit(clock: Clock) -> FixedWindows:
    """What the composition root puts at `UPLOAD_LIMIT`."""
    return FixedWindows(MOST_UPLOADS, WINDOW_SECONDS, clock)


async def upload(request: web.Request) -> web.Response:
    """POST /api/v2/media, scope write:media. 202 where the file is still worked on."""
    return await _uploaded(request, may_wait=True)


async def upload_at_once(request: web.Request) -> web.Response:
    """POST /api/v1/media, scope write:media. Answers when the file can be posted."""
    return await _uploaded(request, may_wait=False)


async def _uploaded(request: web.Request, *, may_wait: bool) -> web.Response:
    viewer = await require_author(request, "write:media")
    if request.app[SETTINGS].api_rate:
        spend(request, request.app[UPLOAD_LIMIT], viewer.person_id)
    given = await params(request, max_file_bytes=MOST_FILM_BYTES + MOST_IMAGE_BYTES)
    file = given.file("file")
    if file is None:
        raise missing("file")
    row = await request.app[UPLOADS].receive(viewer, file, _said(given), may_wait=may_wait)
    return _answer(request, row, viewer, waiting=202)


async def read_upload(request: web.Request) -> web.Response:
    """GET /api/v1/media/:id, scope write:media. 206 while it is worked on; 422 if that failed."""
    viewer = await require_author(request, "write:media")
    async with request.app[RUNTIME].db.read() as tx:
        row = await media.own_upload(tx, path_id(request), viewer)
    if row is None or row.post_id is not None:
        raise not_found()
    if row.state == FAILED:
        raise unprocessable("Error processing thumbnail for uploaded media")
    return _answer(request, row, viewer, waiting=206)


async def change_upload(request: web.Request) -> web.Response:
    """PUT /api/v1/media/:id, scope write:media: description, focus, thumbnail. 404 once it is attached."""
    viewer = await require_author(request, "write:media")
    upload_id = path_id(request)
    given = await params(request, max_file_bytes=MOST_IMAGE_BYTES)
    row = await request.app[UPLOADS].change(viewer, upload_id, _said(given))
    return _answer(request, row, viewer, waiting=206)


async def delete_upload(request: web.Request) -> web.Response:
    """DELETE /api/v1/media/:id, scope write:media."""
    viewer = await require_author(request, "write:media")
    await request.app[UPLOADS].drop(viewer, path_id(request))
    return json_answer({})


def _said(given: Params) -> Said:
    return Said(
        description=given.text_or_none("description"),
        focus=focus_of(given.text("focus")),
        thumbnail=given.file("thumbnail"),
    )


def focus_of(text: str) -> tuple[float, float] | None:
    """Two numbers between -1 and 1, cut to these; None for anything else."""
    try:
        x, y = (float(number) for number in text.split(","))
    except ValueError:
        return None
    # What is no number is neither less nor more than another.
    return (min(max(x, -1.0), 1.0), min(max(y, -1.0), 1.0)) if x == x and y == y else None


def _answer(request: web.Request, row: UploadRow, viewer: Person, *, waiting: int) -> web.Response:
    status = 200 if row.state == READY else waiting
    return json_answer(upload_of(row, request.app[MEDIA], viewer), status=status)


async def unattached(request: web.Request, viewer: Person, post: PostRow) -> list[MediaAttachment]:
    """The files of a deleted post as their owner may use them in another one."""
    found = []
    async with request.app[RUNTIME].db.read() as tx:
        for file in details_of(post.details).files:
            row = None if file.id is None else await media.own_upload(tx, file.id, viewer)
            if row is not None:
                found.append(upload_of(row, request.app[MEDIA], viewer))
    return found


async def changes_of_files(request: web.Request, given: Params, viewer: Person) -> dict[int, Change]:
    """What an edit says of files (`media_attributes`), by their ids; other people's are left out."""
    changes: dict[int, Change] = {}
    for attributes in given.objects("media_attributes", MOST_FILES):
        async with request.app[RUNTIME].db.read() as tx:
            row = await media.own_upload(tx, attributes.id("id") or 0, viewer)
        if row is not None:
            changes[row.id] = await request.app[UPLOADS].change_of(row.name, _said(attributes))
    return changes
