"""/admin/provisioning: how the company's directory writes here: its tokens, whom it brought, what is held (T240)."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from federation.runtime import Runtime
from models.accounts import ADMIN
from models.directory import GROUP, USER
from models.engine import WriteTx
from models.queries import directory
from models.writes.directory import ERRORS_KEPT
from server.actions import first_sync, provisioning
from server.actions.officers import Officer
from server.admin.forms import row_id
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME
from server.http.offices import office_form, require_office
from server.http.pages import see


async def show(request: web.Request) -> web.Response:
    """GET /admin/provisioning."""
    return await _page(request)


async def create_token(request: web.Request) -> web.Response:
    """POST /admin/provisioning/tokens: the token is on the answer alone."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        secret = await provisioning.create_token(tx, runtime, form.get("name", "").strip(), by=by.acct)
    return await _page(request, token=secret)


async def end_token(request: web.Request) -> web.Response:
    """POST /admin/provisioning/end-token."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await provisioning.end_token(tx, runtime, row_id(form, "token"), by)
    return see("/admin/provisioning?done=ended")


async def settle(request: web.Request) -> web.Response:
    """POST /admin/provisioning/held: close what waits, or leave it open."""
    by, form = await office_form(request, ADMIN)
    closes = form.get("decision") == "close"
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await provisioning.settle_held(tx, runtime, by, closes=closes)
    return see(f"/admin/provisioning?done={'closed' if closes else 'left'}")


async def try_out(request: web.Request) -> web.Response:
    """POST /admin/provisioning/try: the first sync writes, and nothing happens (J1)."""
    return await _step(request, first_sync.begin, "trying")


async def apply(request: web.Request) -> web.Response:
    """POST /admin/provisioning/apply: make the accounts that the first sync brought."""
    return await _step(request, first_sync.apply, "applying")


async def discard(request: web.Request) -> web.Response:
    """POST /admin/provisioning/discard: forget what the first sync wrote."""
    return await _step(request, first_sync.discard, "discarded")


async def _step(
    request: web.Request, act: Callable[[WriteTx, Runtime, Officer], Awaitable[None]], done: str
) -> web.Response:
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await act(tx, runtime, by)
    return see(f"/admin/provisioning?done={done}")


async def set_group(request: web.Request) -> web.Response:
    """POST /admin/provisioning/group: `role` is `admin`, `auditor`, or empty for none."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await provisioning.set_group_role(tx, runtime, form.get("group", ""), form.get("role") or None, by)
    return see("/admin/provisioning?done=group")


async def show_errors(request: web.Request) -> web.Response:
    """GET /admin/provisioning/errors: what the directory was refused in thirty days."""
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await directory.errors(tx, since=runtime.clock.now() - ERRORS_KEPT)
    return office_page(request, "admin/provisioning_errors.html", session, "provisioning", errors=rows)


async def _page(request: web.Request, token: str | None = None) -> web.Response:
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        held = await directory.held(tx)
        phase = await first_sync.phase(tx)
        return office_page(
            request,
            "admin/provisioning.html",
            session,
            "provisioning",
            address=runtime.config.url("/scim/v2"),
            tokens=await directory.tokens(tx),
            people=await directory.count(tx, USER),
            group_count=await directory.count(tx, GROUP),
            held=[(str(row.document.get("userName", row.name)), row.held_at) for row in held],
            token=token,
            phase=phase,
            plan=await first_sync.plan(tx) if phase else None,
            may_try=not phase and not await directory.has_accounts(tx),
            group_roles=await directory.groups_with_role(tx),
            errors=len(await directory.errors(tx, since=runtime.clock.now() - ERRORS_KEPT)),
        )
