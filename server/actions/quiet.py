"""Choosing when the firm works and when it is quiet (product section 7)."""

from datetime import date, datetime, time
from typing import Final

import msgspec

from models.accounts import ADMIN
from models.engine import WriteTx
from models.quiet import FACT, MOST_HOLIDAYS, QuietHours, is_zone
from models.writes import audit, state
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid
from server.http.languages import to_translate

_SHAPES: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y")


async def choose(tx: WriteTx, here: Here, hours: QuietHours, by: Officer) -> None:
    """These count from now on. Raises `NotAllowed`, `Invalid`."""
    by.require(ADMIN)
    _check(hours)
    details = {
        "zone": hours.zone,
        "begins": hours.begins.isoformat("minutes"),
        "ends": hours.ends.isoformat("minutes"),
        "working_days": list(hours.working_days),
        "holidays": len(hours.holidays),
    }
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="server.quiet", object="quiet", details=details)
    await state.put(tx, FACT, msgspec.json.encode(hours).decode())


def read_time(text: str) -> time:
    """`HH:MM`. Raises `Invalid`."""
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError as error:
        raise Invalid(to_translate("“%(text)s” is no time of day: write it as 08:00."), text=text[:20]) from error


def read_days(text: str) -> tuple[date, ...]:
    """Dates, one in a line, in their order. Raises `Invalid`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_HOLIDAYS:
        raise Invalid(to_translate("More than %(most)s holidays are not taken."), most=MOST_HOLIDAYS)
    return tuple(sorted({_day(line) for line in lines}))


def _day(line: str) -> date:
    for shape in _SHAPES:
        try:
            return datetime.strptime(line, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Invalid(to_translate("“%(text)s” is no date: write it as 2027-05-01 or 01/05/2027."), text=line[:20])


def _check(hours: QuietHours) -> None:
    if not is_zone(hours.zone):
        raise Invalid(to_translate("There is no time zone “%(zone)s”: write it as Europe/Paris."), zone=hours.zone)
    if not hours.working_days or not set(hours.working_days) <= set(range(7)):
        raise Invalid(to_translate("Choose at least one working day."))
    if hours.ends >= hours.begins:
        raise Invalid(to_translate("The quiet ends in the morning, before it begins in the evening."))
