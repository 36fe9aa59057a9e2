"""/admin/people: who has an account, their role, and by what they get in. Never what they write or when they were here.

Administrators act; auditors read (product section 9).
"""

from typing import Final

from aiohttp import web

from models.accounts import ADMIN, OFFICES, ROLES
from models.queries import directory, identity, roster
from server.actions import accounts, company, guests
from server.actions.accounts import NewAccount
from server.actions.local_actors import new_keys
from server.actions.refusals import NotAllowed, Refused
from server.admin.forms import shown_again
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.offices import office_form, officer, require_office
from server.http.pages import see

_STATES: Final = {"open": False, "suspended": True}


async def show(request: web.Request) -> web.Response:
    """GET /admin/people?q=&role=&state=&after=: a page of people by name."""
    session = await require_office(request, *BOTH)
    asked = request.query
    role, state = asked.get("role", ""), asked.get("state", "")
    async with request.app[RUNTIME].db.read() as tx:
        people = await roster.people_page(
            tx,
            text=asked.get("q", "").strip()[:100],
            role=role if role in ROLES else "",
            is_suspended=_STATES.get(state),
            after=asked.get("after", "")[:100],
        )
    return office_page(
        request,
        "admin/people.html",
        session,
        "people",
        people=people,
        roles=ROLES,
        asked={name: asked.get(name, "") for name in ("q", "role", "state", "after")},
        after=people[-1].username if len(people) == roster.MOST_PEOPLE else "",
    )


async def show_new(request: web.Request) -> web.Response:
    """GET /admin/people/~new: the form."""
    session = await require_office(request, ADMIN)
    return office_page(request, "admin/new_person.html", session, "people", given={}, problem=None)


async def create(request: web.Request) -> web.Response:
    """POST /admin/people/~new."""
    by, form = await office_form(request, ADMIN)
    new = NewAccount(
        username=form.get("username", "").strip(),
        email=form.get("email", "").strip(),
        display_name=form.get("display_name", "").strip(),
        role=form.get("role", ""),
    )
    places = form.get("communities", "").replace(",", " ").split()
    keys = await new_keys()
    runtime = request.app[RUNTIME]
    try:
        async with runtime.db.write() as tx:
            made = await guests.create_any(tx, runtime, new, places, keys, by=by.acct)
    except Refused as refused:
        return await shown_again(request, "admin/new_person.html", "people", form, refused)
    return see(f"/admin/people/{made.username}?done=created")


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/people/{name}."""
    return await _page_of_one(request)


async def suspend(request: web.Request) -> web.Response:
    """POST /admin/people/{name}/suspend: what a leaver loses, as `user suspend` does it (product J11)."""
    by, _ = await office_form(request, ADMIN)
    _require_another(request, by.acct)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await accounts.suspend(tx, runtime, _name(request), by=by.acct)
    return _back(request, "suspended")


async def resume(request: web.Request) -> web.Response:
    """POST /admin/people/{name}/resume."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await accounts.resume(tx, runtime, _name(request), by=by.acct)
    return _back(request, "resumed")


async def change_role(request: web.Request) -> web.Response:
    """POST /admin/people/{name}/role: nobody changes their own."""
    by, form = await office_form(request, ADMIN)
    _require_another(request, by.acct)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await accounts.change_role(tx, runtime, _name(request), form.get("role", ""), by=by.acct)
    return _back(request, "role")


async def confirm_role(request: web.Request) -> web.Response:
    """POST /admin/people/{name}/confirm: what the directory proposes, by a second person of either office (T240)."""
    by, _ = await office_form(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await company.confirm_role(tx, runtime, _name(request), by)
    return _back(request, "role")


async def sign_out(request: web.Request) -> web.Response:
    """POST /admin/people/{name}/sign-out: of every browser and app."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await accounts.end_access(tx, runtime, _name(request), by=by.acct)
    return _back(request, "signed-out")


async def make_link(request: web.Request) -> web.Response:
    """POST /admin/people/{name}/link: a one-time address, on the answer alone."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        secret = await accounts.create_sign_in_link(tx, runtime, _name(request), by=by.acct)
    return await _page_of_one(request, link=runtime.config.url(f"/sign-in/once/{secret}"))


async def _page_of_one(request: web.Request, link: str | None = None) -> web.Response:
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        person = await accounts.find(tx, _name(request))
        access = await roster.access_of(tx, person.actor_id, runtime.clock.now())
        pending = await roster.pending_role(tx, person.actor_id)
        companies = await identity.provider_names_of(tx, person.actor_id)
        entry = await directory.of_actor(tx, person.actor_id)
    return office_page(
        request,
        "admin/person.html",
        session,
        "people",
        person=person,
        access=access,
        pending=pending,
        companies=companies,
        is_provisioned=entry is not None,
        roles=OFFICES,
        is_oneself=officer(session).actor_id == person.actor_id,
        link=link,
    )


def _name(request: web.Request) -> str:
    return request.match_info["name"]


def _require_another(request: web.Request, acct: str) -> None:
    if acct.partition("@")[0] == _name(request).lower():
        raise NotAllowed(to_translate("Nobody does this to their own account: ask another administrator."))


def _back(request: web.Request, done: str) -> web.Response:
    return see(f"/admin/people/{_name(request).lower()}?done={done}")
