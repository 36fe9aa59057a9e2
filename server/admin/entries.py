"""/admin/moderation/entries: visible entry into a community that is not open, asked for, approved, read by, ended.

What is written there is on one page, for the one administrator who entered, while the entry goes on; everywhere else
they meet what everybody who does not belong meets (threats T244).
"""

from typing import Final

import msgspec
from aiohttp import web

from federation.vocab.markup import plain_text
from models.accounts import ADMIN, AUDITOR
from models.engine import ReadTx
from models.gate import Visitor
from models.proposals import ENTRY
from models.queries import actors, proposals
from models.queries import visible_entries as reading
from models.queries.paging import Page
from models.queries.proposals import ProposalRow
from server.actions import visible_entries
from server.actions.visible_entries import Wanted
from server.admin.forms import number_in_address
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME, SERVICES
from server.http.offices import office_form, require_office, whole_number
from server.http.pages import see

MOST_SHOWN: Final = 40


class Asked(msgspec.Struct, frozen=True):
    """An entry that waits for an auditor."""

    proposal: ProposalRow
    community: str
    hours: int


async def show(request: web.Request) -> web.Response:
    """GET /admin/moderation/entries."""
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows, waiting = await reading.newest(tx), await _waiting(tx)
    return office_page(
        request,
        "admin/entries.html",
        session,
        "moderation",
        rows=rows,
        waiting=waiting,
        now=runtime.clock.now(),
        me=session.who.actor_id,
        most_hours=visible_entries.MOST_HOURS,
        name=request.query.get("community", "")[:100],
    )


async def _waiting(tx: ReadTx) -> list[Asked]:
    rows = await proposals.of_kind(tx, ENTRY, waiting=True)
    places = await actors.of_ids(tx, [row.subject_id for row in rows if row.subject_id is not None])
    return [
        Asked(row, places[row.subject_id].username, msgspec.json.decode(row.wanted, type=Wanted).hours)
        for row in rows
        if row.subject_id is not None and row.subject_id in places
    ]


async def propose(request: web.Request) -> web.Response:
    """POST /admin/moderation/entries/propose."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    name, hours, reason = form.get("community", ""), whole_number(form.get("hours", ""), 0), form.get("reason", "")
    async with runtime.db.write() as tx:
        await visible_entries.propose(tx, runtime, by, name, hours=hours, reason=reason)
    return see("/admin/moderation/entries?done=proposed")


async def decide(request: web.Request) -> web.Response:
    """POST /admin/moderation/entries/decide."""
    by, form = await office_form(request, AUDITOR)
    runtime, approves = request.app[RUNTIME], form.get("answer") == "yes"
    await request.app[SERVICES].key_ring.refresh()
    async with runtime.db.write() as tx:
        await visible_entries.decide(tx, runtime, by, whole_number(form.get("proposal", ""), 0), approves=approves)
    return see(f"/admin/moderation/entries?done={'begun' if approves else 'declined'}")


async def end(request: web.Request) -> web.Response:
    """POST /admin/moderation/entries/{id}/end."""
    by, _ = await office_form(request, *BOTH)
    runtime = request.app[RUNTIME]
    await request.app[SERVICES].key_ring.refresh()
    async with runtime.db.write() as tx:
        await visible_entries.end(tx, runtime, by, number_in_address(request))
    return see("/admin/moderation/entries?done=ended")


async def read(request: web.Request) -> web.Response:
    """GET /admin/moderation/entries/{id}?thread=&max_id=: what is written there, for whoever entered."""
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    now = runtime.clock.now()
    thread, before = (whole_number(request.query.get(name, ""), 0) for name in ("thread", "max_id"))
    window = Page(max_id=before if before > 0 else None, since_id=None, min_id=None, limit=MOST_SHOWN)
    async with runtime.db.read() as tx:
        row = await reading.one(tx, number_in_address(request))
        is_mine = row is not None and row.person_id == session.who.actor_id and session.who.role == ADMIN
        if row is None or not is_mine or not row.is_open(now):
            raise web.HTTPNotFound
        viewer = Visitor(row.id, now)
        posts = await reading.written(tx, viewer, window, thread_id=thread if thread > 0 else None)
    return office_page(
        request,
        "admin/entry.html",
        session,
        "moderation",
        row=row,
        posts=[(one, plain_text(one.content_html)) for one in posts],
        thread=thread,
        older=posts[-1].id if len(posts) == MOST_SHOWN else None,
    )
