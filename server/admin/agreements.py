"""/admin/agreements: terms with other firms: drafting, approving, signing, suspending, ending (product J2, J10).

Two persons sign for a firm: an auditor approves what an administrator wrote, and an administrator signs it.
"""

from collections.abc import Collection, Mapping
from typing import Final

from aiohttp import web

from federation.agreements.office import document_of
from models.accounts import ADMIN, AUDITOR
from models.agreements import READ, TAKE_PART
from models.communities import LABELS, NOWHERE, PRIVATE
from models.engine import ReadTx
from models.queries import agreements as reading
from models.queries import mail, peers, roster
from server.actions import drafting, partners, receipts, withdrawing
from server.actions.agreements import Wanted
from server.actions.refusals import Refused
from server.admin.forms import line, row_id, whole_number
from server.admin.frame import BOTH, office_page
from server.admin.terms import Standing, as_form, standing
from server.http.answers import json_answer
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see

_MOST_COMMUNITIES: Final = 200


async def show(request: web.Request) -> web.Response:
    """GET /admin/agreements."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        partners_here = await peers.everyone(tx)
        newest = await reading.newest_of_each(tx)
        drafts = await reading.drafts(tx)
    known = {peer.host for peer in partners_here if peer.id in newest}
    return office_page(
        request,
        "admin/agreements.html",
        session,
        "agreements",
        rows=[(peer, newest[peer.id]) for peer in partners_here if peer.id in newest],
        drafts={draft.host: draft for draft in drafts},
        only_drafts=[draft for draft in drafts if draft.host not in known],
    )


async def show_new(request: web.Request) -> web.Response:
    """GET /admin/agreements/~new: empty, or with what is drafted, proposed or in force with the host asked for."""
    runtime, host = request.app[RUNTIME], request.query.get("host", "")[:255]
    try:
        async with runtime.db.read() as tx:
            given = as_form(await standing(tx, runtime, host))
    except Refused:
        given = {"host": host}
    return await _form_page(request, await _our_contacts(request) | given, None)


async def _our_contacts(request: web.Request) -> dict[str, str]:
    """Whom the other firm writes to here, unless somebody says otherwise: who writes this, and the one auditor."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        admins, auditors = await mail.with_role(tx, ADMIN), await mail.with_role(tx, AUDITOR)
    own = next((one.email for one in admins if one.actor_id == session.who.actor_id), None)
    return {"admin": own or "", "dpo": (auditors[0].email or "") if len(auditors) == 1 else ""}


async def write(request: web.Request) -> web.Response:
    """POST /admin/agreements/~new: keep the draft, and compare the code before it is approved."""
    by, form = await office_form(request, ADMIN)
    try:
        host = await drafting.write(request.app[SERVICES], form.get("host", "").strip(), _wanted(form), by)
    except Refused as refused:
        return await _form_page(request, form, refused)
    return see(f"/admin/agreements/{host}?done=draft")


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/agreements/{host}."""
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        found: Standing = await standing(tx, runtime, request.match_info["host"])
        shareable = await _shareable(tx, found.proposed.ours.communities if found.proposed else [])
        called_back = await receipts.report(tx, runtime, found.host) if found.peer else None
        withdrawn = await withdrawing.withdrawn_at(tx, found.peer.id) if found.peer else []
    return office_page(
        request,
        "admin/agreement.html",
        session,
        "agreements",
        it=found,
        contacts=await _our_contacts(request),
        shareable=shareable,
        called_back=called_back,
        withdrawn=withdrawn,
    )


async def document(request: web.Request) -> web.Response:
    """GET /admin/agreements/{host}/document: the signed text, which `entrepairs partner verify` checks."""
    await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        found = await standing(tx, runtime, request.match_info["host"])
    if found.current is None:
        raise web.HTTPNotFound
    name = f"agreement-{found.host}-{found.current.version}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return json_answer(document_of(found.current), headers=headers)


async def answer(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/answer: what we share, and who we are, when we sign what they propose."""
    by, form = await office_form(request, ADMIN)
    ours = Wanted(
        communities=_names(form), opens=form.get("opens") == "on", admin=line(form, "admin"), dpo=line(form, "dpo")
    )
    await drafting.answer(request.app[SERVICES], _host(request), ours, by)
    return _back(request, "draft")


async def approve(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/approve: the auditor's part."""
    by, form = await office_form(request, AUDITOR)
    await drafting.approve(request.app[SERVICES], _host(request), row_id(form, "draft"), by)
    return _back(request, "approved")


async def sign(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/sign: the administrator's part, after that."""
    by, form = await office_form(request, ADMIN)
    await drafting.sign(request.app[SERVICES], _host(request), row_id(form, "draft"), by)
    return _back(request, "signed")


async def drop(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/drop: give the draft up."""
    by, form = await office_form(request, *BOTH)
    await drafting.drop(request.app[SERVICES], _host(request), row_id(form, "draft"), by)
    return see("/admin/agreements?done=dropped")


async def suspend(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/suspend: either office, at once, with a reason that the other side reads."""
    by, form = await office_form(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await partners.suspend(tx, runtime, _host(request), by=by.acct, reason=line(form, "reason"))
    return _back(request, "suspended")


async def resume(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/resume."""
    return await _say(request, (ADMIN,), partners.resume, "resumed")


async def decline(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/decline: either office says no to what they propose; what is in force stays."""
    return await _say(request, BOTH, partners.decline, "declined")


async def take_back(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/take-back: what we proposed and they have not signed; what is in force stays."""
    return await _say(request, BOTH, partners.take_back, "taken-back")


async def _say(request: web.Request, offices: tuple[str, ...], word: partners.Word, done: str) -> web.Response:
    by, _ = await office_form(request, *offices)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await word(tx, runtime, _host(request), by=by.acct)
    return _back(request, done)


async def end(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/end: either office, for good, so the name has to be typed (threats T232)."""
    by, form = await office_form(request, *BOTH)
    if form.get("confirm", "").strip().lower() != _host(request).lower():
        raise Refused(to_translate("To end it, type the partner’s host name as it stands there."))
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await partners.end(tx, runtime, _host(request), by=by.acct, reason=line(form, "reason"))
    return _back(request, "ended")


async def _form_page(request: web.Request, given: Mapping[str, str], problem: Refused | None) -> web.Response:
    session = await require_office(request, ADMIN)
    async with request.app[RUNTIME].db.read() as tx:
        shareable = await _shareable(tx, _names(given))
    return office_page(
        request,
        "admin/new_agreement.html",
        session,
        "agreements",
        status=200 if problem is None else 422,
        given=given,
        chosen=_names(given),
        shareable=shareable,
        labels=LABELS,
        problem=problem,
    )


async def _shareable(tx: ReadTx, named: Collection[str]) -> list[roster.CommunityRow]:
    """Communities whose hosts let them leave this server; of private ones those alone that the terms name already, as
    the operator may have done for their hosts: a form without them would take them out unseen.
    """
    rows = [row for row in await roster.communities(tx) if row.scope != NOWHERE]
    others = [row for row in rows if row.username not in named and row.visibility != PRIVATE][:_MOST_COMMUNITIES]
    shown = {row.username for row in others} | set(named)
    return [row for row in rows if row.username in shown]


def _wanted(form: Mapping[str, str]) -> Wanted:
    ceiling, rights = form.get("ceiling", ""), form.get("rights", "")
    return Wanted(
        communities=_names(form),
        opens=form.get("opens") == "on",
        ceiling=ceiling if ceiling in LABELS else LABELS[0],
        rights=rights if rights in (TAKE_PART, READ) else TAKE_PART,
        history=form.get("history") == "on",
        review_days=whole_number(form, "review_days", 1, 730),
        retention_months=whole_number(form, "retention_months", 1, 120),
        retraction_hours=whole_number(form, "retraction_hours", 1, 720),
        data_requests=line(form, "data_requests"),
        admin=line(form, "admin"),
        dpo=line(form, "dpo"),
    )


def _names(form: Mapping[str, str]) -> list[str]:
    """Communities that are ticked: fields named `community:NAME`."""
    return [field.removeprefix("community:") for field in form if field.startswith("community:")]


def _host(request: web.Request) -> str:
    return request.match_info["host"]


def _back(request: web.Request, done: str) -> web.Response:
    return see(f"/admin/agreements/{request.match_info['host'].lower()}?done={done}")
