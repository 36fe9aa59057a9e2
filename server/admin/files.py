"""/admin/files: what may be attached to posts, what the store holds, what is missing in it. No file is shown."""

from typing import Final

from aiohttp import web

from models.accounts import ADMIN
from models.engine import ReadTx
from models.files import FileRules
from models.queries import files
from server.actions.file_rules import choose, count_again
from server.actions.refusals import Refused
from server.admin.forms import shown_again, whole_number
from server.admin.frame import BOTH, office_page
from server.http.csrf import Form
from server.http.keys import RUNTIME, SETTINGS
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see
from server.media.taken import MIB, MOST_PICTURE_MIB, MOST_RECORDING_MIB, taken
from server.media.workshop import FILMS, IMAGES, SOUNDS, TYPES

_TEMPLATE: Final = "admin/files.html"

_SPOKEN: Final = {"video/quicktime": "QuickTime", "video/webm": "WebM", "image/webp": "WebP"} | {
    "audio/mpeg": "MP3",
    "audio/mp4": "M4A",
}
"""What people call a type; the others as they are written."""


def _named(types: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((one, _SPOKEN.get(one, one.partition("/")[2].upper())) for one in types)


KINDS: Final = (
    ("image", to_translate("Pictures"), _named(IMAGES)),
    ("video", to_translate("Films"), _named(FILMS)),
    ("audio", to_translate("Sounds"), _named(SOUNDS)),
)
"""Kind, title, and the types of it with their names."""


async def show(request: web.Request) -> web.Response:
    """GET /admin/files."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        now, facts = taken(await files.rules(tx)), await _facts(tx, request)
    given = dict.fromkeys(now.types, "on")
    given |= {"pictures": str(now.picture_bytes // MIB), "recordings": str(now.recording_bytes // MIB)}
    return office_page(request, _TEMPLATE, session, "files", given=given, problem=None, facts=facts)


async def save(request: web.Request) -> web.Response:
    """POST /admin/files: what may be attached from now on."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    try:
        rules = _rules(form)
        async with runtime.db.write() as tx:
            await choose(tx, runtime, rules, by)
    except Refused as refused:
        async with runtime.db.read() as tx:
            facts = await _facts(tx, request)
        return await shown_again(request, _TEMPLATE, "files", form, refused, facts=facts)
    return see("/admin/files?done=saved")


async def count(request: web.Request) -> web.Response:
    """POST /admin/files/count: look at every file of the store, beginning now."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await count_again(tx, runtime.clock.now(), by)
    return see("/admin/files?done=counting")


def _rules(form: Form) -> FileRules:
    return FileRules(
        types=tuple(one for one in TYPES if form.get(one) == "on"),
        picture_mib=whole_number(form, "pictures", 1, MOST_PICTURE_MIB),
        recording_mib=whole_number(form, "recordings", 1, MOST_RECORDING_MIB),
    )


async def _facts(tx: ReadTx, request: web.Request) -> dict[str, object]:
    """What the page says besides the rules."""
    counting = await files.counting(tx)
    return {
        "kinds": KINDS,
        "most_pictures": MOST_PICTURE_MIB,
        "most_recordings": MOST_RECORDING_MIB,
        "counted": await files.counted(tx),
        "progress": await files.how_many(tx, counting.last_id) if counting else None,
        "is_folder": request.app[SETTINGS].media_url.startswith("file:"),
        "cache_mb": request.app[SETTINGS].media_cache_mb,
    }
