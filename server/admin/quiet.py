"""/admin/quiet: the hours in which nobody is disturbed, working days and public holidays, for the whole firm (J1)."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from models.accounts import ADMIN
from models.queries import quiet
from models.quiet import QuietHours
from server.actions.quiet import choose, read_days, read_time
from server.actions.refusals import Refused
from server.admin.forms import line, shown_again
from server.admin.frame import BOTH, office_page
from server.http.clocks import CLOCKS
from server.http.csrf import Form
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see

_TEMPLATE: Final = "admin/quiet.html"

DAYS: Final = (
    to_translate("Monday"),
    to_translate("Tuesday"),
    to_translate("Wednesday"),
    to_translate("Thursday"),
    to_translate("Friday"),
    to_translate("Saturday"),
    to_translate("Sunday"),
)

ZONES: Final = (
    "Africa/Casablanca",
    "America/Montreal",
    "America/New_York",
    "Asia/Tokyo",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/London",
    "Europe/Luxembourg",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Zurich",
    "Indian/Reunion",
    "UTC",
)
"""What the field offers; any other name of the machine's time zones may be typed."""


async def show(request: web.Request) -> web.Response:
    """GET /admin/quiet."""
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        hours = await quiet.firm_hours(tx)
        is_chosen = await quiet.are_chosen(tx)
    now = runtime.clock.now()
    return office_page(
        request,
        _TEMPLATE,
        session,
        "quiet",
        given=_as_typed(hours),
        problem=None,
        days=DAYS,
        zones=ZONES,
        is_chosen=is_chosen,
        is_quiet=hours.is_quiet(now),
        coming=[day for day in hours.holidays if day >= now.date()],
        passed=sum(day < now.date() for day in hours.holidays),
    )


async def save(request: web.Request) -> web.Response:
    """POST /admin/quiet: what counts from now on."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    try:
        hours = _hours(form)
        async with runtime.db.write() as tx:
            await choose(tx, runtime, hours, by)
    except Refused as refused:
        return await shown_again(
            request,
            _TEMPLATE,
            "quiet",
            form,
            refused,
            days=DAYS,
            zones=ZONES,
            is_chosen=False,
            is_quiet=None,
            coming=[],
            passed=0,
        )
    request.app[CLOCKS].show(hours)
    return see("/admin/quiet?done=saved")


def _hours(form: Form) -> QuietHours:
    return QuietHours(
        zone=line(form, "zone"),
        begins=read_time(form.get("begins", "")),
        ends=read_time(form.get("ends", "")),
        working_days=tuple(number for number in range(7) if form.get(f"day{number}") == "on"),
        holidays=read_days(form.get("holidays", "")),
    )


def _as_typed(hours: QuietHours) -> Mapping[str, str]:
    return {
        "zone": hours.zone,
        "begins": hours.begins.isoformat("minutes"),
        "ends": hours.ends.isoformat("minutes"),
        "holidays": "\n".join(day.isoformat() for day in hours.holidays),
        **{f"day{number}": "on" for number in hours.working_days},
    }
