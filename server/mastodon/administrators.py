"""Administration through the client API: who may, and what of people is shown (client API sections 4 and 7, T127).

A scope *and* the role, each time. What people wrote is never shown here (product rule 8).
"""

from collections.abc import Sequence

from aiohttp import web

from models.accounts import ADMIN
from models.engine import ReadTx
from models.queries import administration
from models.queries.actors import ActorRow
from models.queries.administration import AdministeredRow, Wanted
from server.actions import accounts as account_actions
from server.actions import blocking
from server.actions.officers import Officer
from server.http.answers import instant, json_answer, json_page
from server.http.auth import require_human
from server.http.errors import forbidden, not_found, unprocessable
from server.http.keys import RUNTIME
from server.http.paging import parse_page
from server.http.params import Params, params, path_id
from server.mastodon.accounts import ADMINISTRATOR, EVERYBODY
from server.mastodon.entities import AdminAccount
from server.mastodon.tools import RENDERER

NOBODY_WAITS = "Nobody waits for approval here: accounts are made by the firm"
ELSEWHERE = "This account is at a partner: ask its administrators"
NO_SUCH_MEASURE = "There are no such measures here: an account is open or suspended"
OF_PARTNERS = "An account at a partner is suspended here, or not: only its own server can close it"


async def require_administrator(request: web.Request, *scopes: str) -> Officer:
    """The administrator whose token this is. Raises `ApiError`: as `require_viewer`, and 403 for all other roles."""
    viewer = await require_human(request, *scopes)
    async with request.app[RUNTIME].db.read() as tx:
        found = await administration.role_of(tx, viewer.actor_id)
    if found is None or found[0] != ADMIN:
        raise forbidden()
    return Officer(viewer.actor_id, found[1], ADMIN)


async def entities_of(request: web.Request, tx: ReadTx, rows: Sequence[AdministeredRow]) -> list[AdminAccount]:
    """People as administrators see them; two statements whatever their number."""
    shown = await request.app[RENDERER].accounts(tx, [row.actor for row in rows])
    return [
        AdminAccount(
            id=str(row.actor.id),
            username=row.actor.username,
            domain=None if row.actor.is_local else row.actor.host,
            created_at=instant(row.actor.created_at),
            email=row.email,
            # From where somebody signs in is not kept for others to see (product rule 7).
            ip=None,
            ips=[],
            locale=row.language,
            invite_request=None,
            role=None if row.role is None else ADMINISTRATOR if row.role == ADMIN else EVERYBODY,
            confirmed=True,
            approved=True,
            disabled=row.suspended_at is not None,
            sensitized=False,
            silenced=False,
            suspended=any((row.suspended_at, row.actor.suspended_at, row.actor.blocked_at)),
            account=account,
        )
        for row, account in zip(rows, shown, strict=True)
    ]


def _wanted(given: Params) -> Wanted | None:
    """What both versions ask for, by their own words; None for what nobody here can be."""
    origin, status = given.text("origin"), given.text("status")
    nobody = ("pending", "silenced", "disabled")
    if status in (*nobody, "sensitized") or any(given.boolean(name) for name in nobody) or given.text("ip"):
        return None
    is_local = True if given.boolean("local") or origin == "local" else None
    is_local = False if given.boolean("remote") or origin == "remote" else is_local
    is_suspended = False if given.boolean("active") or status == "active" else None
    is_suspended = True if given.boolean("suspended") or status == "suspended" else is_suspended
    return Wanted(
        is_local=is_local,
        is_suspended=is_suspended,
        is_staff=given.boolean("staff") or given.text("permissions") == "staff",
        username=given.text_or_none("username"),
        display_name=given.text_or_none("display_name"),
        email=given.text_or_none("email"),
        domain=given.text_or_none("by_domain"),
    )


async def list_accounts(request: web.Request) -> web.Response:
    """GET /api/v1/admin/accounts and /api/v2/admin/accounts, scope admin:read:accounts."""
    await require_administrator(request, "admin:read:accounts")
    given = await params(request)
    page, wanted = parse_page(given, 100, 200), _wanted(given)
    if wanted is None:
        return json_answer([])
    async with request.app[RUNTIME].db.read() as tx:
        rows = await administration.people(tx, wanted, page)
        shown = await entities_of(request, tx, rows)
    first, last = (rows[0].actor.id, rows[-1].actor.id) if rows else (None, None)
    return json_page(request, shown, first, last, page)


async def read_account(request: web.Request) -> web.Response:
    """GET /api/v1/admin/accounts/:id, scope admin:read:accounts."""
    await require_administrator(request, "admin:read:accounts")
    return await _shown(request, path_id(request))


async def _shown(request: web.Request, account_id: int) -> web.Response:
    async with request.app[RUNTIME].db.read() as tx:
        found = await administration.of_ids(tx, [account_id])
        if account_id not in found:
            raise not_found()
        return json_answer((await entities_of(request, tx, [found[account_id]]))[0])


async def _named(request: web.Request, tx: ReadTx) -> ActorRow:
    found = await administration.of_ids(tx, [path_id(request)])
    if not found:
        raise not_found()
    return found[path_id(request)].actor


async def _local_name(request: web.Request, tx: ReadTx) -> str:
    actor = await _named(request, tx)
    if not actor.is_local:
        raise unprocessable(ELSEWHERE)
    return actor.username


async def answer_signup(request: web.Request) -> web.Response:
    """POST /api/v1/admin/accounts/:id/approve and /reject, scope admin:write:accounts: nobody waits."""
    await require_administrator(request, "admin:write:accounts")
    async with request.app[RUNTIME].db.read() as tx:
        await _local_name(request, tx)
    raise forbidden(NOBODY_WAITS)


async def act_on_account(request: web.Request) -> web.Response:
    """POST /api/v1/admin/accounts/:id/action, scope admin:write:accounts. Suspending, which here is also disabling; an
    account at a partner is blocked by it.
    """
    by = await require_administrator(request, "admin:write:accounts")
    given = await params(request)
    kind, runtime = given.required("type"), request.app[RUNTIME]
    async with runtime.db.write() as tx:
        actor = await _named(request, tx)
        match kind:
            case "none":
                pass
            case "suspend" if not actor.is_local:
                await blocking.block(tx, runtime, actor, by=by.acct, reason=given.text("text"))
            case "disable" if not actor.is_local:
                raise unprocessable(OF_PARTNERS)
            case "disable" | "suspend":
                await account_actions.suspend(tx, runtime, actor.username, by=by.acct)
            case _:
                raise unprocessable(NO_SUCH_MEASURE)
    return json_answer({})


async def open_account(request: web.Request) -> web.Response:
    """POST /api/v1/admin/accounts/:id/enable and /unsuspend, scope admin:write:accounts."""
    by = await require_administrator(request, "admin:write:accounts")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        actor = await _named(request, tx)
        if actor.is_local:
            await account_actions.resume(tx, runtime, actor.username, by=by.acct)
        else:
            await blocking.unblock(tx, runtime, actor, by=by.acct)
    return await _shown(request, path_id(request))


async def as_it_is(request: web.Request) -> web.Response:
    """POST /api/v1/admin/accounts/:id/unsilence and /unsensitive, scope admin:write:accounts: nobody is either."""
    await require_administrator(request, "admin:write:accounts")
    return await _shown(request, path_id(request))


async def delete_account(request: web.Request) -> web.Response:
    """DELETE /api/v1/admin/accounts/:id, scope admin:write:accounts: erasing takes more than one click."""
    await require_administrator(request, "admin:write:accounts")
    async with request.app[RUNTIME].db.read() as tx:
        await _local_name(request, tx)
    raise forbidden("Erasing somebody's data is the DPO's: suspend the account, and ask them")
