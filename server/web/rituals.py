"""/c/{handle}/rituals: when a community meets, for whoever reads it; hosts plan, call off and end rituals there."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Final

import msgspec
from aiohttp import web

from models.engine import ReadTx, WriteTx
from models.queries import quiet
from models.queries import rituals as reading
from models.queries.rituals import Placed
from models.quiet import QuietHours
from models.rituals import AHEAD, INTERVALS, MOST_PLACE, MOST_TITLE, Ritual, is_over, moments
from server.actions import moderation, rituals
from server.actions.refusals import Invalid
from server.actions.seats import Seat
from server.http import sessions
from server.http.csrf import Form, signed_form, token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page, see
from server.http.sessions import BrowserSession
from server.web.places import address_of, hosted_by, hosts, place_of

_Act = Callable[[WriteTx, Seat], Awaitable[None]]

MOST_SHOWN: Final = 12


class Meeting(msgspec.Struct, frozen=True):
    """One time that a ritual takes place."""

    ritual: Ritual
    at: datetime
    day: str
    """In the firm's time zone, as forms say it."""


def coming(found: Iterable[Ritual], hours: QuietHours, now: datetime) -> list[Meeting]:
    """What takes place in the next weeks, the earliest first."""
    met = [
        Meeting(one, at, hours.local(at).date().isoformat())
        for one in found
        for at in moments(one, hours, now, now + AHEAD)
    ]
    return sorted(met, key=lambda one: (one.at, one.ritual.id))[:MOST_SHOWN]


async def next_of(tx: ReadTx, community_id: int, now: datetime) -> Meeting | None:
    """The next of a community."""
    found = coming(await reading.of_community(tx, community_id), await quiet.firm_hours(tx), now)
    return found[0] if found else None


async def next_among(tx: ReadTx, placed: Iterable[Placed], now: datetime) -> tuple[Placed, Meeting] | None:
    """The next of several communities, and whose it is."""
    by_id = {one.ritual.id: one for one in placed}
    found = coming((one.ritual for one in by_id.values()), await quiet.firm_hours(tx), now)
    return (by_id[found[0].ritual.id], found[0]) if found else None


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/rituals."""
    return await _page(request, await sessions.require_session(request), {}, None)


async def plan(request: web.Request) -> web.Response:
    """POST /c/{name}/rituals: `title`, `day`, `time`, `every`, `place`."""
    session, form = await signed_form(request)
    given = {name: form.get(name, "").replace("\0", "") for name in ("title", "day", "time", "every", "place")}

    async def act(tx: WriteTx, place: Seat) -> None:
        await rituals.plan(
            tx,
            request.app[RUNTIME],
            place,
            title=given["title"],
            where=given["place"],
            day=given["day"],
            clock=given["time"],
            every=given["every"],
        )

    return await _done(request, session, form, "planned", act)


async def call_off(request: web.Request) -> web.Response:
    """POST /c/{name}/rituals/off: `ritual`, and the `day`."""
    session, form = await signed_form(request)

    async def act(tx: WriteTx, place: Seat) -> None:
        await rituals.call_off(tx, place, _number(form), form.get("day", ""))

    return await _done(request, session, form, "off", act)


async def end(request: web.Request) -> web.Response:
    """POST /c/{name}/rituals/end: `ritual`."""
    session, form = await signed_form(request)

    async def act(tx: WriteTx, place: Seat) -> None:
        await rituals.end(tx, place, _number(form))

    return await _done(request, session, form, "ended", act)


def _number(form: Form) -> int:
    text = form.get("ritual", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise web.HTTPNotFound
    return int(text)


async def _done(request: web.Request, session: BrowserSession, form: Form, done: str, act: _Act) -> web.Response:
    """What a host wants, in one transaction; the page is not there for others' forms."""
    runtime, viewer = request.app[RUNTIME], session.who.person
    try:
        async with runtime.db.write() as tx:
            row = await hosted_by(tx, request, viewer)
            await act(tx, await moderation.seat(tx, runtime, viewer, row.actor.id))
    except Invalid as refused:
        return await _page(request, session, form, refused)
    return see(f"{address_of(row)}/rituals?done={done}")


async def _page(request: web.Request, session: BrowserSession, given: Form, problem: Invalid | None) -> web.Response:
    runtime, viewer = request.app[RUNTIME], session.who.person
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        row = await place_of(tx, request, viewer)
        if not row.actor.is_local or not row.is_read:
            raise web.HTTPNotFound
        found, hours = await reading.of_community(tx, row.actor.id), await quiet.firm_hours(tx)
    return page(
        request,
        "web/rituals.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        row=row,
        address=address_of(row),
        hosts=hosts(row),
        coming=coming(found, hours, now),
        standing=[one for one in found if not is_over(one, hours, now)],
        intervals=INTERVALS,
        zone=hours.zone,
        today=hours.local(now).date().isoformat(),
        most={"title": MOST_TITLE, "place": MOST_PLACE},
        given=given,
        problem=problem,
        done=request.query.get("done", ""),
    )
