"""Planning when a community meets, by its hosts (product J8): a ritual begins, is called off for a day, or ends."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from federation.runtime import Runtime
from models.engine import ReadTx, WriteTx
from models.gate import Verb
from models.queries import quiet
from models.queries import rituals as reading
from models.quiet import QuietHours, zone_of
from models.rituals import INTERVALS, MOST_OFF, MOST_PLACE, MOST_STANDING, MOST_TITLE, Ritual, is_over, moments
from models.writes import rituals as rows
from server.actions.refusals import Invalid, NotThere
from server.actions.seats import Seat, log_act
from server.http.languages import to_translate

LATEST: Final = timedelta(days=366)
"""A first moment that lies farther ahead is a slip of the pen."""

NAMELESS: Final = to_translate("What it is called has 1 to %(most)s characters.")
NOWHERE: Final = to_translate("Where it is has at most %(most)s characters.")
NO_MOMENT: Final = to_translate("Say on which day and at what time: not in the past, and within a year.")
NO_INTERVAL: Final = to_translate("Choose how often.")
MANY: Final = to_translate("A community has at most %(most)s rituals at a time: end one first.")
NOT_THEN: Final = to_translate("It does not take place on this day anyway.")


async def plan(
    tx: WriteTx, here: Runtime, place: Seat, *, title: str, where: str, day: str, clock: str, every: str
) -> Ritual:
    """Begin one. `day` and `clock` are as forms send them, in the firm's time zone. Raises `NotAllowed`, `Invalid`."""
    place.require(Verb.CONFIGURE)
    hours, title, where = await quiet.firm_hours(tx), " ".join(title.split()), " ".join(where.split())
    if not 1 <= len(title) <= MOST_TITLE:
        raise Invalid(NAMELESS, most=MOST_TITLE)
    if len(where) > MOST_PLACE:
        raise Invalid(NOWHERE, most=MOST_PLACE)
    if every not in {str(one) for one in INTERVALS}:
        raise Invalid(NO_INTERVAL)
    begins_at = _moment(day, clock, hours, place.at)
    known = await reading.of_community(tx, place.community.id)
    if sum(not is_over(one, hours, place.at) for one in known) >= MOST_STANDING:
        raise Invalid(MANY, most=MOST_STANDING)
    planned = Ritual(here.tokens.next_id(place.at), place.community.id, title, where, begins_at, int(every), [], None)
    await log_act(tx, place, "ritual", place.community.uri)
    await rows.add(tx, planned)
    return planned


def _moment(day: str, clock: str, hours: QuietHours, now: datetime) -> datetime:
    try:
        wall = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), zone_of(hours.zone))
        at = wall.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(NO_MOMENT) from None
    if not now <= at <= now + LATEST:
        raise Invalid(NO_MOMENT)
    return at


async def call_off(tx: WriteTx, place: Seat, ritual_id: int, day: str) -> None:
    """It does not take place on this day. Raises `NotAllowed`, `NotThere`, `Invalid`."""
    place.require(Verb.CONFIGURE)
    ritual, hours = await _own(tx, place, ritual_id), await quiet.firm_hours(tx)
    coming = moments(ritual, hours, place.at, place.at + LATEST)
    if day not in {hours.local(at).date().isoformat() for at in coming}:
        raise Invalid(NOT_THEN)
    await log_act(tx, place, "ritual-off", place.community.uri)
    await rows.call_off(tx, ritual.id, [*ritual.off, day][-MOST_OFF:])


async def end(tx: WriteTx, place: Seat, ritual_id: int) -> None:
    """It takes place no more; twice is once. Raises `NotAllowed`, `NotThere`."""
    place.require(Verb.CONFIGURE)
    ritual = await _own(tx, place, ritual_id)
    await log_act(tx, place, "ritual-end", place.community.uri)
    await rows.end(tx, ritual.id, place.at)


async def _own(tx: ReadTx, place: Seat, ritual_id: int) -> Ritual:
    """One of this community."""
    for one in await reading.of_community(tx, place.community.id):
        if one.id == ritual_id:
            return one
    raise NotThere()
