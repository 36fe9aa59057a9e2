"""/admin/apps: which client apps people sign in with, and which may be used at all. Never who uses which."""

from aiohttp import web

from models.accounts import ADMIN
from models.engine import ReadTx
from models.queries import client_apps as reading
from models.queries import roster, statistics
from server.actions import client_apps
from server.admin.forms import row_id
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME
from server.http.offices import office_form, require_office
from server.http.pages import see


async def show(request: web.Request) -> web.Response:
    """GET /admin/apps."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        return office_page(
            request,
            "admin/apps.html",
            session,
            "apps",
            apps=await reading.in_use(tx),
            policy=await reading.policy(tx),
            tokens=await _tokens(tx),
            smallest=await statistics.threshold(tx),
        )


async def _tokens(tx: ReadTx) -> list[tuple[reading.ShellToken, str]]:
    tokens = await reading.shell_tokens(tx)
    handles = await roster.handles(tx, [token.actor_id for token in tokens])
    return [(token, handles.get(token.actor_id, "")) for token in tokens]


async def rule(request: web.Request) -> web.Response:
    """POST /admin/apps/rule: allow or block the apps of a name."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    act = client_apps.allow if form.get("verdict") == "allow" else client_apps.block
    async with runtime.db.write() as tx:
        await act(tx, runtime, form.get("name", ""), by)
    return see("/admin/apps?done=rule")


async def policy(request: web.Request) -> web.Response:
    """POST /admin/apps/policy: all but the blocked ones, or only those that were allowed."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await client_apps.choose_policy(tx, runtime, form.get("policy", ""), by)
    return see("/admin/apps?done=policy")


async def end_token(request: web.Request) -> web.Response:
    """POST /admin/apps/end-token: one that was made at the command line."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await client_apps.end_token(tx, runtime, row_id(form, "token"), by)
    return see("/admin/apps?done=token")
