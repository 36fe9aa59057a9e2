"""/c/{handle}/members: who belongs to a community; for those who lead it inviting, silencing, removing (product J8)."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

from aiohttp import web

from federation.errors import FederationError
from federation.runtime import Budget
from models.authority import LONGEST_BAN_BY_A_MODERATOR
from models.communities import OPEN
from models.engine import WriteTx
from models.gate import Person
from models.queries import actors, communities, guests, moderation
from models.queries.actors import ActorRow
from models.queries.communities import CommunityRow
from models.queries.paging import Page
from server.actions import guests as guest_acts
from server.actions import hosting, openness, remote
from server.actions import moderation as acts
from server.actions.refusals import Invalid, NotAllowed, NotThere, Refused
from server.actions.seats import Here, Seat
from server.http import sessions
from server.http.csrf import Form, signed_form, token_of_session
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.offices import whole_number
from server.http.pages import page, see
from server.http.sessions import BrowserSession
from server.web.health import may_see
from server.web.places import address_of, hosts, leads, led_by, place_of
from server.web.profile import window_of

_NOTHING: Final[Mapping[str, str]] = {}
_ALL: Final = Page(max_id=None, since_id=None, min_id=None, limit=200)


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/members?max_id=: for its members, and of an open one for everybody of the firm."""
    return await _page(request, await sessions.require_session(request))


async def act(request: web.Request) -> web.Response:
    """POST /c/{name}/members: `act`, one of `ACTS`, on a `person`. Raises 404 for those who do not lead it."""
    session, form = await signed_form(request)
    services, viewer, name = request.app[SERVICES], session.who.person, form.get("act", "")
    if name not in ACTS:
        raise web.HTTPNotFound
    await services.key_ring.refresh()
    try:
        if name == "invite":
            await _look_up(request, viewer, _typed(form))
        async with services.runtime.db.write() as tx:
            row = await led_by(tx, request, viewer)
            place = await acts.seat(tx, services.runtime, viewer, row.actor.id)
            person = await _person(tx, request, viewer, form)
            await ACTS[name](tx, services.runtime, place, person, form)
    except (NotAllowed, NotThere):
        raise
    except Refused as refused:
        return await _page(request, session, form, refused)
    return see(f"{address_of(row)}/members?done={name}")


async def _page(
    request: web.Request, session: BrowserSession, form: Mapping[str, str] = _NOTHING, problem: Refused | None = None
) -> web.Response:
    viewer, runtime = session.who.person, request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await place_of(tx, request, viewer)
        _require_reader(row)
        people = await communities.members(tx, row.actor.id, window_of(request))
        leading, hosting_it = leads(row) and row.actor.is_local, hosts(row) and row.actor.is_local
        sees_health = await may_see(tx, row)
        silenced = await moderation.banned(tx, row.actor.id, runtime.clock.now(), _ALL) if leading else []
        invited = await communities.invited(tx, row.actor.id, _ALL) if hosting_it else []
        ends = await guests.ends(tx, [one.actor.id for one in people]) if hosting_it else {}
    return page(
        request,
        "web/members.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        row=row,
        address=address_of(row),
        people=people,
        silenced=[one for _, one in silenced],
        invited=invited,
        ends=ends,
        leads=leading,
        sees_health=sees_health,
        hosts=hosting_it,
        own_id=viewer.actor_id,
        most_days=LONGEST_BAN_BY_A_MODERATOR.days,
        older=people[-1].id if len(people) == window_of(request).limit else None,
        typed=form.get("person", "") if form.get("act") == "invite" else "",
        problem=problem,
        done=request.query.get("done", ""),
    )


def _require_reader(row: CommunityRow) -> None:
    if row.actor.visibility != OPEN and not row.is_member:
        raise NotAllowed(to_translate("Only members see who belongs to this community"))


# --- whom a form means ---


def _typed(form: Form) -> str:
    return form.get("person", "").replace("\0", "").strip().lstrip("@").lower()[:500]


async def _look_up(request: web.Request, viewer: Person, handle: str) -> None:
    """Somebody of a partner whom nobody here has met is asked for at their server, by a host alone."""
    services, (_, _, host) = request.app[SERVICES], handle.partition("@")
    async with services.runtime.db.read() as tx:
        row = await led_by(tx, request, viewer)
    if host and host != services.runtime.config.domain and hosts(row):
        # Whoever is not found there is not known here, which the form then says.
        with suppress(FederationError):
            await remote.look_up_handle(services, handle, Budget())


async def _person(tx: WriteTx, request: web.Request, viewer: Person, form: Form) -> ActorRow:
    """By number, or by the handle that was typed. Raises `Invalid`, `NotThere`."""
    text = _typed(form)
    if text.isascii() and text.isdigit() and len(text) < 19 and form.get("act") != "invite":
        found = await actors.known_by_id(tx, int(text), viewer)
    else:
        name, _, host = text.partition("@")
        found = await actors.known_by_handle(tx, name, host or request.app[RUNTIME].config.domain, viewer)
    if found is None or found.is_community:
        raise Invalid(to_translate("Nobody known here is called %(name)s."), name=f"@{text}")
    return found


# --- each act ---

_Act = Callable[[WriteTx, Here, Seat, ActorRow, Form], Awaitable[object]]


async def _invite(tx: WriteTx, here: Here, place: Seat, person: ActorRow, _form: Form) -> None:
    await acts.invite(tx, here, place, person)


async def _uninvite(tx: WriteTx, _here: Here, place: Seat, person: ActorRow, _form: Form) -> None:
    await hosting.withdraw_invitation(tx, place, person)


async def _remove(tx: WriteTx, here: Here, place: Seat, person: ActorRow, _form: Form) -> None:
    await openness.remove_member(tx, here, place, person)


async def _silence(tx: WriteTx, here: Here, place: Seat, person: ActorRow, form: Form) -> None:
    days, reason = whole_number(form.get("days", ""), 0), form.get("reason", "").replace("\0", "").strip()
    if not reason:
        raise Invalid(to_translate("Say why: they read it."))
    if not 1 <= days <= LONGEST_BAN_BY_A_MODERATOR.days:
        most = LONGEST_BAN_BY_A_MODERATOR.days
        raise Invalid(to_translate("Somebody is silenced for 1 to %(most)s days."), most=most)
    await acts.ban(tx, here, place, person, lasts=timedelta(days=days), reason=reason)


async def _hear(tx: WriteTx, here: Here, place: Seat, person: ActorRow, _form: Form) -> None:
    await acts.unban(tx, here, place, person)


async def _renew(tx: WriteTx, _here: Here, place: Seat, person: ActorRow, _form: Form) -> None:
    await guest_acts.renew(tx, place, person)


ACTS: Final[Mapping[str, _Act]] = {
    "invite": _invite,
    "uninvite": _uninvite,
    "remove": _remove,
    "silence": _silence,
    "hear": _hear,
    "renew": _renew,
}
"""What forms do with a person, by the names that they have for it."""
