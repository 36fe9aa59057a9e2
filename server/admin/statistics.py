"""/admin/statistics: how communities are, by the measures of product section 6 and none besides.

Auditors see what hosts see; observers too, and private communities as one total; administrators sizes only (product
sections 6 and 9).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from models.accounts import ADMIN, OBSERVER
from models.communities import PRIVATE
from models.measures import ANSWERS, FIRST_ANSWER, PARTICIPATION, SIZE, Figure
from models.queries import roster
from models.queries import statistics as reading
from models.queries.roster import CommunityRow
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
from server.statistics.showing import MEASURES, Measure, lines, lines_together, of_everyone
from server.statistics.together import together

_READERS: Final = (*BOTH, OBSERVER)
TOGETHER: Final = "~private"
"""In place of a name: no community is called so."""
_IN_THE_TABLE: Final = (SIZE, PARTICIPATION, ANSWERS, FIRST_ANSWER)


async def show(request: web.Request) -> web.Response:
    """GET /admin/statistics: every community in one line."""
    session = await require_office(request, *_READERS)
    async with request.app[RUNTIME].db.read() as tx:
        day, figures = await of_everyone(tx)
        communities = await roster.communities(tx)
        k = await reading.threshold(tx)
    role = session.who.role
    columns = [one for one in MEASURES if one.key in _IN_THE_TABLE and (one.key == SIZE or role != ADMIN)]
    measured = [one for one in communities if one.actor_id in figures]
    private = [figures[one.actor_id] for one in measured if _is_only_counted(role, one)]
    return office_page(
        request,
        "admin/statistics.html",
        session,
        "statistics",
        day=day,
        rows=[(one, _cells(figures[one.actor_id], columns)) for one in measured if not _is_only_counted(role, one)],
        total=_cells(together(private), columns) if private else None,
        columns=columns,
        k=k,
        bounds=(LEAST_K, MOST_K),
    )


def _cells(figures: Mapping[str, Figure], columns: Sequence[Measure]) -> list[tuple[Figure, str]]:
    return [(figures.get(column.key, HIDDEN), column.unit) for column in columns]


def _is_only_counted(role: str, row: CommunityRow) -> bool:
    """Observers get private communities as one total only (product section 6), and none by its name."""
    return role == OBSERVER and row.visibility == PRIVATE


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/statistics/{community}: all measures of one, week by week; for observers, of private ones as one."""
    session = await require_office(request, *_READERS)
    role, name = session.who.role, request.match_info["community"].lower()
    async with request.app[RUNTIME].db.read() as tx:
        if role == OBSERVER and name == TOGETHER:
            row, found = None, await lines_together(tx)
        else:
            row = next((one for one in await roster.communities(tx) if one.username == name), None)
            if row is None or _is_only_counted(role, row):
                raise NotThere(to_translate("There is no such community."))
            found = await lines(tx, row.actor_id, is_size_only=role == ADMIN)
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
