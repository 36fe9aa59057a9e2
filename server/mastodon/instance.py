"""The server about itself: readable without a token, and without a word of content (client API section 10).

`version` names the Mastodon version whose methods are built, `api_versions` what apps switch on by it: with 7 they ask
whether a status may be quoted, and are told that it may not.
"""

from importlib.metadata import version
from typing import Final

from aiohttp import web

from models.queries import actors, files
from server.actions.attaching import DESCRIPTION_CHARACTERS, MOST_FILES
from server.actions.pins import MOST_PINNED
from server.actions.poll_drafts import LONGEST_SECONDS, MOST_OPTIONS, OPTION_CHARACTERS, SHORTEST_SECONDS
from server.actions.profiles import MAX_FIELD, MAX_FIELDS, MAX_NAME, MAX_NOTE
from server.actions.tags import MAX_FEATURED
from server.actions.writing import MAX_CHARACTERS
from server.http.answers import json_answer
from server.http.auth import optional_viewer, require_viewer
from server.http.errors import sign_in_needed
from server.http.keys import BASE_URL, RUNTIME, SETTINGS, VAPID_KEY
from server.http.languages import NAMES
from server.mastodon.entities import (
    AccountLimits,
    Contact,
    FeedAccess,
    Instance,
    InstanceConfiguration,
    InstanceUrls,
    InstanceUsage,
    MediaLimits,
    MonthlyUsers,
    PollLimits,
    Registrations,
    Rule,
    StatusLimits,
    Thumbnail,
    TimelinesAccess,
    Translation,
    V1AccountLimits,
    V1Configuration,
    V1Instance,
    V1Stats,
    V1Urls,
    Vapid,
)
from server.media.taken import Taken, taken
from server.media.workshop import MOST_PIXELS

API_VERSION: Final = "4.5.0"
_ABOUT: Final = "Communities of managers, between peers."
_SOURCE: Final = "https://example.org/entrepairs"
_STATUSES: Final = StatusLimits(
    max_characters=MAX_CHARACTERS, max_media_attachments=MOST_FILES, characters_reserved_per_url=23
)
_POLLS: Final = PollLimits(
    max_options=MOST_OPTIONS,
    max_characters_per_option=OPTION_CHARACTERS,
    min_expiration=SHORTEST_SECONDS,
    max_expiration=LONGEST_SECONDS,
)
_ACCOUNTS: Final = AccountLimits(
    max_featured_tags=MAX_FEATURED,
    max_pinned_statuses=MOST_PINNED,
    max_display_name_length=MAX_NAME,
    max_note_length=MAX_NOTE,
    max_profile_fields=MAX_FIELDS,
    profile_field_name_limit=MAX_FIELD,
    profile_field_value_limit=MAX_FIELD,
)
_SIGNED_IN: Final = FeedAccess(local="authenticated", remote="authenticated")
RULES: Final = (
    Rule(id="1", text="What is shared in a community stays among its members.", hint=""),
    Rule(id="2", text="Speak for yourself, from experience; ask before you advise.", hint=""),
    Rule(id="3", text="Disagree with ideas, respect people.", hint=""),
)


def _media(rules: Taken) -> MediaLimits:
    return MediaLimits(
        supported_mime_types=rules.types,
        image_size_limit=rules.picture_bytes,
        image_matrix_limit=MOST_PIXELS,
        video_size_limit=rules.recording_bytes,
        # Films are not changed: these are for apps that would make them smaller.
        video_frame_rate_limit=120,
        video_matrix_limit=8_294_400,
        description_limit=DESCRIPTION_CHARACTERS,
    )


def _version() -> str:
    return f"{API_VERSION} (compatible; Entrepairs {version('entrepairs')})"


def _streaming(base_url: str) -> str:
    return base_url.replace("http", "ws", 1)


def _thumbnail(base_url: str) -> str:
    return f"{base_url}/static/thumbnail.png"


def _configuration(request: web.Request, rules: Taken) -> InstanceConfiguration:
    return InstanceConfiguration(
        urls=InstanceUrls(streaming=_streaming(request.app[BASE_URL])),
        vapid=Vapid(public_key=request.app[VAPID_KEY]),
        accounts=_ACCOUNTS,
        statuses=_STATUSES,
        media_attachments=_media(rules),
        polls=_POLLS,
        translation=Translation(enabled=False),
        timelines_access=TimelinesAccess(
            live_feeds=_SIGNED_IN, hashtag_feeds=_SIGNED_IN, trending_link_feeds=_SIGNED_IN
        ),
        limited_federation=True,
    )


async def instance_v2(request: web.Request) -> web.Response:
    """GET /api/v2/instance, open to all."""
    settings = request.app[SETTINGS]
    async with request.app[RUNTIME].db.read() as tx:
        people = await actors.active_people(tx)
        allowed = taken(await files.rules(tx))
    return json_answer(
        Instance(
            domain=settings.domain,
            title=settings.domain,
            version=_version(),
            source_url=_SOURCE,
            description=_ABOUT,
            usage=InstanceUsage(users=MonthlyUsers(active_month=people)),
            thumbnail=Thumbnail(url=_thumbnail(settings.base_url)),
            icon=[],
            languages=["fr", "en"],
            configuration=_configuration(request, allowed),
            registrations=Registrations(enabled=False, approval_required=False, message=None, url=None),
            api_versions={"mastodon": 7, "entrepairs": 1},
            contact=Contact(email="", account=None),
            rules=RULES,
        )
    )


async def instance_v1(request: web.Request) -> web.Response:
    """GET /api/v1/instance, open to all. Counts of content are not told."""
    settings = request.app[SETTINGS]
    async with request.app[RUNTIME].db.read() as tx:
        people = await actors.active_people(tx)
        allowed = taken(await files.rules(tx))
    return json_answer(
        V1Instance(
            uri=settings.domain,
            title=settings.domain,
            short_description=_ABOUT,
            description=_ABOUT,
            email="",
            version=_version(),
            urls=V1Urls(streaming_api=_streaming(settings.base_url)),
            stats=V1Stats(user_count=people, status_count=0, domain_count=0),
            thumbnail=_thumbnail(settings.base_url),
            languages=["fr", "en"],
            registrations=False,
            approval_required=False,
            invites_enabled=False,
            configuration=V1Configuration(
                accounts=V1AccountLimits(max_featured_tags=MAX_FEATURED),
                statuses=_STATUSES,
                media_attachments=_media(allowed),
                polls=_POLLS,
            ),
            contact_account=None,
            rules=RULES,
            max_toot_chars=MAX_CHARACTERS,
        )
    )


async def rules(_: web.Request) -> web.Response:
    """GET /api/v1/instance/rules, open to all."""
    return json_answer(RULES)


async def peers(request: web.Request) -> web.Response:
    """GET /api/v1/instance/peers, any scope: whom this firm exchanges with is not told by this road (threats T064)."""
    if await optional_viewer(request) is None:
        raise sign_in_needed()
    return json_answer([])


async def announcements(request: web.Request) -> web.Response:
    """GET /api/v1/announcements, scope read: there are none."""
    await require_viewer(request, "read")
    return json_answer([])


async def extended_description(_: web.Request) -> web.Response:
    """GET /api/v1/instance/extended_description, open to all: there is none."""
    return json_answer({"updated_at": None, "content": ""})


async def languages(_: web.Request) -> web.Response:
    """GET /api/v1/instance/languages, open to all."""
    return json_answer([{"code": code, "name": name} for code, name in NAMES.items()])


async def translation_languages(_: web.Request) -> web.Response:
    """GET /api/v1/instance/translation_languages, open to all: nothing is translated."""
    return json_answer({})
