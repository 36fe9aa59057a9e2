"""/admin/unsealing: what it takes to learn who asked a discreet question, doing it, and its register (J6, T243)."""

import msgspec
from aiohttp import web

from models.accounts import AUDITOR
from models.audit import UNSEALING
from models.engine import ReadTx
from models.proposals import APPROVED, UNSEAL
from models.queries import audit, proposals
from models.queries.actors import ActorRow
from models.queries.audit import MOST_SHOWN, Sought
from models.queries.proposals import ProposalRow
from server.actions import unsealing
from server.actions.unsealing import LASTS, WHY, Wanted
from server.admin.frame import office_page
from server.http.keys import RUNTIME
from server.http.offices import office_form, require_office, whole_number
from server.http.pages import see
from server.http.sessions import BrowserSession


class Asked(msgspec.Struct, frozen=True):
    """A seal that somebody wants to open."""

    proposal: ProposalRow
    second_id: int
    is_told: bool

    @property
    def is_agreed(self) -> bool:
        """The second person has agreed, and it is not opened yet."""
        return self.proposal.outcome == APPROVED


async def show(request: web.Request) -> web.Response:
    """GET /admin/unsealing."""
    return await _page(request, await require_office(request, AUDITOR))


async def propose(request: web.Request) -> web.Response:
    """POST /admin/unsealing/propose: `thread`, `why`, `second`, and `untold` where the order forbids telling."""
    by, form = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await unsealing.propose(
            tx,
            runtime,
            runtime.vault,
            by,
            thread=form.get("thread", ""),
            why=form.get("why", ""),
            second=form.get("second", ""),
            is_told="untold" not in form,
        )
    return see("/admin/unsealing?done=proposed")


async def decide(request: web.Request) -> web.Response:
    """POST /admin/unsealing/decide."""
    by, form = await office_form(request, AUDITOR)
    runtime, approves = request.app[RUNTIME], form.get("answer") == "yes"
    number = whole_number(form.get("proposal", ""), 0)
    async with runtime.db.write() as tx:
        await unsealing.decide(tx, runtime, runtime.vault, by, number, approves=approves)
    return see(f"/admin/unsealing?done={'agreed' if approves else 'declined'}")


async def open_seal(request: web.Request) -> web.Response:
    """POST /admin/unsealing/open: the name is in this answer, and nowhere else afterwards."""
    by, form = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        found = await unsealing.open_seal(tx, runtime, runtime.vault, by, whole_number(form.get("proposal", ""), 0))
    return await _page(request, await require_office(request, AUDITOR), is_open=True, author=found)


async def _page(
    request: web.Request, session: BrowserSession, *, is_open: bool = False, author: ActorRow | None = None
) -> web.Response:
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await audit.sought(tx, Sought(action=UNSEALING))
        asked = await _asked(tx)
    since = runtime.clock.now() - LASTS
    return office_page(
        request,
        "admin/unsealing.html",
        session,
        "unsealing",
        rows=rows,
        most=MOST_SHOWN,
        asked=[one for one in asked if one.proposal.at > since],
        me=session.who.actor_id,
        reasons=WHY,
        is_open=is_open,
        author=author,
    )


async def _asked(tx: ReadTx) -> list[Asked]:
    """What waits for the second person, and what was agreed to and is not opened."""
    found = await proposals.of_kind(tx, UNSEAL)
    waiting = [row for row in found if row.outcome in (None, APPROVED)]
    return [
        Asked(row, wanted.second_id, wanted.is_told)
        for row in waiting
        if (wanted := msgspec.json.decode(row.wanted, type=Wanted))
    ]
