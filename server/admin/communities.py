"""/admin/communities: every community by name, size and hosts, and nothing that is said in it (product rule 8)."""

from aiohttp import web

from models.accounts import ADMIN
from models.communities import LABELS, PRIVATE, SCOPES
from models.engine import ReadTx
from models.queries import roster, statistics
from models.queries import trials as trial_rows
from server.actions import communities, moderation, openness, trials
from server.actions.openness import Wanted
from server.actions.refusals import NotThere, Refused
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see


async def show(request: web.Request) -> web.Response:
    """GET /admin/communities."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await roster.communities(tx)
        hosts = await roster.hosts_of(tx, [row.actor_id for row in rows])
        k = await statistics.threshold(tx)
        waiting, ends = await trial_rows.waiting(tx), await trial_rows.ends_of(tx)
    return office_page(
        request,
        "admin/communities.html",
        session,
        "communities",
        communities=rows,
        hosts=hosts,
        orphans=[row for row in rows if row.actor_id not in hosts],
        labels=LABELS,
        scopes=SCOPES,
        smallest=k,
        waiting=[(row, trials.missing(row)) for row in waiting],
        trial_ends=ends,
        now=request.app[RUNTIME].clock.now(),
    )


async def decide(request: web.Request) -> web.Response:
    """POST /admin/communities/{name}/official: `answer`, yes or no, and the `reason`, which a no needs."""
    by, form = await office_form(request, ADMIN)
    runtime, accepts = request.app[RUNTIME], form.get("answer") == "yes"
    name, reason = request.match_info["name"], form.get("reason", "")
    async with runtime.db.write() as tx:
        await trials.decide(tx, runtime, by, name, accepts=accepts, reason=reason)
    return see(f"/admin/communities?done={'official' if accepts else 'refused'}")


async def give_host(request: web.Request) -> web.Response:
    """POST /admin/communities/{name}/host: for a community that has none."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await communities.give_host(tx, runtime, request.match_info["name"], form.get("host", "").strip(), by=by.acct)
    return see("/admin/communities?done=host")


async def lower_scope(request: web.Request) -> web.Response:
    """POST /admin/communities/{name}/scope: fewer firms have part in it; what they may have no more is called back."""
    _, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    session = await require_office(request, ADMIN)
    await request.app[SERVICES].key_ring.refresh()
    async with runtime.db.write() as tx:
        row = await _named(tx, request.match_info["name"])
        place = await moderation.seat(tx, runtime, session.who.person, row.actor_id)
        if not await openness.change(tx, runtime, place, Wanted(scope=form.get("scope", ""))):
            raise Refused(to_translate("%(name)s has this scope already."), name=row.username)
    return see("/admin/communities?done=scope")


async def _named(tx: ReadTx, name: str) -> roster.CommunityRow:
    """A community whose scope administrators see; of private ones they see name and size only. Raises `NotThere`."""
    found = next((row for row in await roster.communities(tx) if row.username == name.lower()), None)
    if found is None or found.visibility == PRIVATE:
        raise NotThere(to_translate("There is no such community."))
    return found
