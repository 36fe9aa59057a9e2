"""Custom emojis: those that are offered, for anybody; offering and taking back, for those who run the server.

Mastodon's own administration has no methods for this; these are where GoToSocial has them.
"""

from aiohttp import web

from models.accounts import ADMIN
from models.gate import Person
from models.queries import actors, media, preferences
from models.queries.media import EmojiRow
from server.actions import emojis
from server.http.answers import json_answer
from server.http.auth import require_viewer
from server.http.errors import forbidden, missing
from server.http.keys import RUNTIME
from server.http.params import params
from server.mastodon.entities import CustomEmoji
from server.media.endpoint import MEDIA, UPLOADS
from server.media.uploads import EMOJI, MOST_EMOJI_BYTES


def _entity(request: web.Request, row: EmojiRow) -> CustomEmoji:
    addresses = request.app[MEDIA]
    return CustomEmoji(
        shortcode=row.shortcode,
        url=addresses.of_picture(row.url),
        static_url=addresses.of_small(row.url),
        visible_in_picker=True,
        **({"category": row.category} if row.category else {}),
    )


async def custom_emojis(request: web.Request) -> web.Response:
    """GET /api/v1/custom_emojis, open to all."""
    async with request.app[RUNTIME].db.read() as tx:
        rows = await media.offered_emojis(tx)
    return json_answer([_entity(request, row) for row in rows])


async def administered(request: web.Request) -> web.Response:
    """GET /api/v1/admin/custom_emojis, scope admin:read: the same, for an administrator."""
    await _require_administrator(request, "admin:read")
    return await custom_emojis(request)


async def add(request: web.Request) -> web.Response:
    """POST /api/v1/admin/custom_emojis, scope admin:write: `shortcode`, `image`, `category`."""
    viewer, acct = await _require_administrator(request, "admin:write")
    given = await params(request, max_file_bytes=MOST_EMOJI_BYTES)
    shortcode, category, image = given.required("shortcode").strip(":"), given.text("category"), given.file("image")
    if image is None:
        raise missing("image")
    emojis.check(shortcode, category)
    picture = await request.app[UPLOADS].keep_picture(image, EMOJI, viewer.actor_id)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        row = await emojis.offer(tx, runtime, shortcode, picture, category, by=acct)
    return json_answer(_entity(request, row))


async def take_back(request: web.Request) -> web.Response:
    """DELETE /api/v1/admin/custom_emojis/:shortcode, scope admin:write. What was written with it shows it still."""
    _, acct = await _require_administrator(request, "admin:write")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        row = await emojis.take_back(tx, runtime, request.match_info["name"], by=acct)
    return json_answer(_entity(request, row))


async def _require_administrator(request: web.Request, scope: str) -> tuple[Person, str]:
    """The administrator who asks, and how they stand in the trail. Raises `ApiError` 403 for anybody else."""
    viewer = await require_viewer(request, scope)
    async with request.app[RUNTIME].db.read() as tx:
        own, actor = await preferences.of_person(tx, viewer.actor_id), await actors.by_id(tx, viewer.actor_id)
    if own is None or actor is None or own.role != ADMIN:
        raise forbidden()
    return viewer, actor.acct
