"""/admin/statistics: how communities are, by the measures of product section 6 and none besides.

Auditors see what hosts see; administrators sizes only (product section 9).
"""

from typing import Final

from aiohttp import web

from models.accounts import ADMIN
from models.measures import ANSWERS, FIRST_ANSWER, PARTICIPATION, SIZE
from models.queries import roster
from models.queries import statistics as reading
from models.statistics import LEAST_K, MOST_K
from server.actions import threshold
from server.actions.refusals import NotThere
from server.admin.forms import whole_number
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see
from server.statistics.rules import HIDDEN
from server.statistics.showing import MEASURES, lines, of_everyone

_IN_THE_TABLE: Final = (SIZE, PARTICIPATION, ANSWERS, FIRST_ANSWER)


async def show(request: web.Request) -> web.Response:
    """GET /admin/statistics: every community in one line."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        day, figures = await of_everyone(tx)
        communities = await roster.communities(tx)
        k = await reading.threshold(tx)
    columns = [
        one for one in MEASURES if one.key in _IN_THE_TABLE and (one.key == SIZE or not _is_admin(session.who.role))
    ]
    return office_page(
        request,
        "admin/statistics.html",
        session,
        "statistics",
        day=day,
        rows=[
            (one, [(figures[one.actor_id].get(column.key, HIDDEN), column.unit) for column in columns])
            for one in communities
            if one.actor_id in figures
        ],
        columns=columns,
        k=k,
        bounds=(LEAST_K, MOST_K),
    )


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/statistics/{community}: all measures of one, week by week."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        name = request.match_info["community"].lower()
        row = next((one for one in await roster.communities(tx) if one.username == name), None)
        if row is None:
            raise NotThere(to_translate("There is no such community."))
        found = await lines(tx, row.actor_id, is_size_only=_is_admin(session.who.role))
        k = await reading.threshold(tx)
    return office_page(request, "admin/health.html", session, "statistics", row=row, found=found, k=k)


async def choose(request: web.Request) -> web.Response:
    """POST /admin/statistics: the threshold k."""
    by, form = await office_form(request, ADMIN)
    k = whole_number(form, "k", LEAST_K, MOST_K)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await threshold.choose(tx, runtime, k, by)
    return see("/admin/statistics?done=k")


def _is_admin(role: str) -> bool:
    return role == ADMIN
