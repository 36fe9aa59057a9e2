"""/c/{handle}/health: how the community is, for those who lead it, and for its members where a host agrees (product
section 6, J8). Never who does what.
"""

from aiohttp import web

from models.communities import GUEST_ROLE
from models.engine import ReadTx
from models.gate import Person
from models.queries import statistics as reading
from models.queries.communities import CommunityRow
from server.actions import hosting, moderation
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page, see
from server.statistics.showing import lines
from server.web.places import address_of, hosted_by, hosts, leads, place_of


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/health."""
    session = await sessions.require_session(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await _open_to(tx, request, session.who.person)
        found = await lines(tx, row.actor.id)
        k = await reading.threshold(tx)
        is_shared = await reading.is_for_members(tx, row.actor.id)
    return page(
        request,
        "web/health.html",
        session=session,
        csrf=token_of_session(request, session),
        row=row,
        address=address_of(row),
        found=found,
        k=k,
        leads=leads(row),
        hosts=hosts(row),
        is_shared=is_shared,
    )


async def share(request: web.Request) -> web.Response:
    """POST /c/{name}/health: `shown`, if members see it too."""
    session, form = await signed_form(request)
    runtime, viewer = request.app[RUNTIME], session.who.person
    async with runtime.db.write() as tx:
        row = await hosted_by(tx, request, viewer)
        place = await moderation.seat(tx, runtime, viewer, row.actor.id)
        await hosting.show_health(tx, place, "shown" in form)
    return see(f"{address_of(row)}/health")


async def _open_to(tx: ReadTx, request: web.Request, viewer: Person) -> CommunityRow:
    """The community, of ours; to whoever may not see its figures the page is not there."""
    row = await place_of(tx, request, viewer)
    if not await may_see(tx, row):
        raise web.HTTPNotFound
    return row


async def may_see(tx: ReadTx, row: CommunityRow) -> bool:
    """The viewer leads the community, of ours, or is a member where a host agrees; guests never see its figures."""
    if not row.actor.is_local or leads(row):
        return row.actor.is_local
    return row.is_member and row.role != GUEST_ROLE and await reading.is_for_members(tx, row.actor.id)
