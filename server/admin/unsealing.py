"""/admin/unsealing: what it takes to learn who asked a discreet question, and the register of those acts (J6).

This version has no discreet questions, so that there is nothing to unseal: the page says so, and the register is read
from the trail, where each act will stand.
"""

from aiohttp import web

from models.accounts import AUDITOR
from models.audit import UNSEALING
from models.queries import audit
from models.queries.audit import MOST_SHOWN, Sought
from server.admin.frame import office_page
from server.http.keys import RUNTIME
from server.http.offices import require_office


async def show(request: web.Request) -> web.Response:
    """GET /admin/unsealing."""
    session = await require_office(request, AUDITOR)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await audit.sought(tx, Sought(action=UNSEALING))
    return office_page(request, "admin/unsealing.html", session, "unsealing", rows=rows, most=MOST_SHOWN)
