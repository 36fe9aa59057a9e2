"""When a person is left in peace: the firm's quiet hours, their own, or none, and being away (product section 7)."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Final

from aiohttp import web

from models.queries import rest
from models.queries.rest import Choice
from models.quiet import QuietHours, is_zone, zone_of
from models.rest import FIRMS, KEPT, OWN
from models.writes import rest as rows
from server.actions.quiet import read_time
from server.actions.refusals import Invalid
from server.http.csrf import signed_form
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.pages import see

DAYS: Final = range(7)


async def choose(request: web.Request) -> web.Response:
    """POST /me/quiet: `keeps`, `zone`, `begins`, `ends`, `day:0` to `day:6`, and `back`, the day of return."""
    session, form = await signed_form(request)
    runtime, person_id = request.app[RUNTIME], session.who.actor_id
    async with runtime.db.write() as tx:
        firm = (await rest.of_people(tx, [person_id])).firm
        await rows.choose(tx, person_id, choice_of(form, firm))
    return see("/me?done=quiet#quiet")


def choice_of(form: Mapping[str, str], firm: QuietHours) -> Choice:
    """What a form says. Raises `Invalid`."""
    keeps, zone = form.get("keeps", ""), form.get("zone", "").strip()
    if keeps not in KEPT:
        keeps = FIRMS
    if zone and not is_zone(zone):
        raise Invalid(to_translate("There is no time zone “%(zone)s”: write it as Europe/Paris."), zone=zone[:64])
    away_until = _back(form.get("back", "").strip(), zone or firm.zone, firm.ends)
    if keeps != OWN:
        return Choice(keeps, zone or None, away_until=away_until)
    begins, ends = read_time(form.get("begins", "")), read_time(form.get("ends", ""))
    days = [day for day in DAYS if f"day:{day}" in form]
    if ends >= begins:
        raise Invalid(to_translate("The quiet ends in the morning, before it begins in the evening."))
    if not days:
        raise Invalid(to_translate("Choose at least one working day."))
    return Choice(keeps, zone or None, f"{begins:%H:%M}", f"{ends:%H:%M}", days, away_until)


def _back(text: str, zone: str, ends: time) -> datetime | None:
    """The morning of the day of return; None where nobody is away."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        return datetime.combine(day, ends, zone_of(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(
            to_translate("“%(text)s” is no date: write it as 2027-05-01 or 01/05/2027."), text=text[:20]
        ) from error
