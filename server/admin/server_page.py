"""/admin/server: what the server leans on and whether that is in order, its settings without secrets, its limits.

Besides the banner by which people are told of maintenance before it comes.
"""

from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from models.accounts import ADMIN
from models.queries import quiet
from server.actions import maintenance
from server.actions.maintenance import MAX_TEXT
from server.admin.forms import line
from server.admin.frame import BOTH, office_page
from server.doctor import examine
from server.http.banner import BANNER
from server.http.keys import RUNTIME, SETTINGS
from server.http.limits import WINDOW_SECONDS
from server.http.offices import office_form, require_office
from server.http.pages import see
from server.settings import PREFIX, Settings

_SECRET_WORDS: Final = ("password", "secret", "token", "tls_key")


class Setting(msgspec.Struct, frozen=True):
    """One setting as the page shows it."""

    name: str
    value: str
    is_secret: bool


async def show(request: web.Request) -> web.Response:
    """GET /admin/server."""
    session = await require_office(request, *BOTH)
    settings = request.app[SETTINGS]
    return office_page(
        request,
        "admin/server.html",
        session,
        "server",
        checks=await examine(settings, request.app[RUNTIME].clock.now()),
        settings=shown_settings(settings),
        api_rate=settings.api_rate,
        window_minutes=WINDOW_SECONDS // 60,
        notice=request.app[BANNER].value,
        longest=MAX_TEXT,
    )


async def announce(request: web.Request) -> web.Response:
    """POST /admin/server/notice: what stands on every page from now on; empty: nothing."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        hours = await quiet.firm_hours(tx)
        notice = await maintenance.announce(
            tx, runtime, line(form, "text"), until=form.get("until", "").strip(), zone=hours.zone, by=by
        )
    request.app[BANNER].show(notice)
    return see("/admin/server?done=notice")


def shown_settings(settings: Settings) -> list[Setting]:
    """All of them; of secrets whether there is one, of addresses no name and password in them (threats T132)."""
    rows = []
    for field in Settings.__struct_fields__:
        value = getattr(settings, field)
        is_secret = any(word in field for word in _SECRET_WORDS)
        text = "" if value is None else str(value)
        rows.append(
            Setting(f"{PREFIX}{field.upper()}", bool(text) * "•••" if is_secret else without_password(text), is_secret)
        )
    return rows


def without_password(text: str) -> str:
    """An address without the name and password in it; anything else as it is."""
    if "://" not in text or "@" not in text:
        return text
    parts = urlsplit(text)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
