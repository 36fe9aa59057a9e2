"""/admin/communities: every community by name, size and hosts, and nothing that is said in it (product rule 8)."""

from aiohttp import web

from models.accounts import ADMIN
from models.communities import LABELS, PRIVATE, SCOPES
from models.engine import ReadTx
from models.measures import SIZE
from models.queries import roster, statistics
from models.queries import trials as trial_rows
from server.actions import communities, delegates, moderation, openness, trials
from server.actions.openness import Wanted
from server.actions.refusals import NotThere, Refused
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see
from server.statistics.showing import of_everyone


async def show(request: web.Request) -> web.Response:
    """GET /admin/communities."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await roster.communities(tx)
        hosts = await roster.hosts_of(tx, [row.actor_id for row in rows])
        k = await statistics.threshold(tx)
        waiting, ends = await trials.waiting_for(tx, session.who.actor_id), await trial_rows.ends_of(tx)
        named = await trial_rows.delegates(tx)
        _, figures = await of_everyone(tx)
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
        # A private community is as large as in the last week that statistics tell of: who closes somebody's account
        # would see by its size of now whether they were in it (T244, T245).
        private_sizes={
            row.actor_id: figures.get(row.actor_id, {}).get(SIZE) for row in rows if row.visibility == PRIVATE
        },
        waiting=waiting,
        delegates=named,
        trial_ends=ends,
        now=request.app[RUNTIME].clock.now(),
    )


async def answer(request: web.Request) -> web.Response:
    """POST /admin/communities/~official: `name`, `answer`, yes or no, and the `reason`, which a no needs."""
    by, form = await office_form(request, ADMIN)
    async with request.app[RUNTIME].db.write() as tx:
        done = await trials.answer(tx, request.app[RUNTIME], by, form)
    return see(f"/admin/communities?done={done}")


async def name_delegate(request: web.Request) -> web.Response:
    """POST /admin/communities/~delegate: `name` may answer trials from now on."""
    by, form = await office_form(request, ADMIN)
    async with request.app[RUNTIME].db.write() as tx:
        await delegates.name(tx, request.app[RUNTIME], form.get("name", ""), by=by.acct)
    return see("/admin/communities?done=delegate#delegates")


async def end_delegate(request: web.Request) -> web.Response:
    """POST /admin/communities/~delegate/end: `name` may no more."""
    by, form = await office_form(request, ADMIN)
    async with request.app[RUNTIME].db.write() as tx:
        await delegates.end(tx, request.app[RUNTIME], form.get("name", ""), by=by.acct)
    return see("/admin/communities?done=delegate-end#delegates")


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
