"""What belongs to one person: preferences and markers."""

from typing import Final

from aiohttp import web

from models.gate import ActingCommunity
from models.queries import preferences
from models.queries.preferences import MarkerRow
from models.writes import preferences as preference_writes
from server.http.answers import instant, json_answer
from server.http.auth import require_author, require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME
from server.http.params import params
from server.mastodon import acting
from server.mastodon.entities import Marker, Markers, Preferences

TIMELINES: Final = ("home", "notifications")


async def read_preferences(request: web.Request) -> web.Response:
    """GET /api/v1/preferences, scope read:accounts."""
    viewer = await require_viewer(request, "read:accounts")
    if isinstance(viewer, ActingCommunity):
        return json_answer(acting.PREFERENCES)
    async with request.app[RUNTIME].db.read() as tx:
        own = await preferences.of_person(tx, viewer.actor_id)
    if own is None:
        raise not_found()
    return json_answer(
        Preferences(
            posting_default_visibility="direct" if own.default_visibility == "direct" else "private",
            posting_default_sensitive=own.default_sensitive,
            posting_default_language=own.default_language or None,
            posting_default_quote_policy="nobody",
            reading_expand_media="default",
            reading_expand_spoilers=False,
            reading_autoplay_gifs=False,
        )
    )


def _marker(row: MarkerRow) -> Marker:
    return Marker(last_read_id=str(row.last_read_id), version=row.version, updated_at=instant(row.updated_at))


def _markers(rows: list[MarkerRow]) -> Markers:
    return Markers(**{row.timeline: _marker(row) for row in rows})


async def read_markers(request: web.Request) -> web.Response:
    """GET /api/v1/markers?timeline[]=, scope read:statuses. Those that were set."""
    viewer = await require_viewer(request, "read:statuses")
    wanted = [one for one in (await params(request)).strings("timeline") if one in TIMELINES]
    async with request.app[RUNTIME].db.read() as tx:
        return json_answer(_markers(await preferences.markers(tx, viewer.actor_id, wanted)))


async def set_markers(request: web.Request) -> web.Response:
    """POST /api/v1/markers, scope write:statuses. Answers those that were set now."""
    viewer = await require_author(request, "write:statuses")
    given = await params(request)
    # What is no id (0) must not make everything unread.
    wanted = {one: found for one in TIMELINES if (found := given.inner(one).id("last_read_id"))}
    runtime = request.app[RUNTIME]
    who, at = viewer.actor_id, runtime.clock.now()
    async with runtime.db.write() as tx:
        if "home" in wanted:
            await preference_writes.set_marker(tx, actor_id=who, timeline="home", last_read_id=wanted["home"], at=at)
        if "notifications" in wanted:
            last_read_id = wanted["notifications"]
            await preference_writes.set_notification_marker(tx, actor_id=who, last_read_id=last_read_id, at=at)
        return json_answer(_markers(await preferences.markers(tx, viewer.actor_id, list(wanted))))
