"""/admin/agreements/{host}/withdraw and its like: own people, and what they wrote, in a partner's communities.

Product J9 and section 9: an administrator's to do. How much would go is shown before it goes.
"""

from aiohttp import web

from models.accounts import ADMIN
from server.actions import withdrawing, withdrawing_posts
from server.admin.forms import line
from server.admin.frame import office_page
from server.http.keys import RUNTIME
from server.http.offices import office_form, require_office
from server.http.pages import see


async def withdraw(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/withdraw: somebody of this firm leaves a community of the partner's (J9)."""
    by, form = await office_form(request, ADMIN)
    runtime, who, where = request.app[RUNTIME], line(form, "person"), line(form, "community")
    async with runtime.db.write() as tx:
        await withdrawing.withdraw(tx, runtime, _host(request), who, where, by=by.acct)
    return _back(request, "withdrawn")


async def readmit(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/readmit: they may ask to join again."""
    by, form = await office_form(request, ADMIN)
    runtime, who, where = request.app[RUNTIME], line(form, "person"), line(form, "community")
    async with runtime.db.write() as tx:
        await withdrawing.readmit(tx, runtime, _host(request), who, where, by=by.acct)
    return _back(request, "readmitted")


async def show_posts(request: web.Request) -> web.Response:
    """GET /admin/agreements/{host}/posts?person=…&community=…: how much it is, before it is taken back."""
    session = await require_office(request, ADMIN)
    runtime = request.app[RUNTIME]
    who, where = request.query.get("person", "").strip(), request.query.get("community", "").strip()
    async with runtime.db.read() as tx:
        found = await withdrawing_posts.preview(tx, runtime, _host(request), who, where)
    return office_page(request, "admin/agreement_posts.html", session, "agreements", it=found, community=where)


async def withdraw_posts(request: web.Request) -> web.Response:
    """POST /admin/agreements/{host}/posts: delete it here, and call it back there."""
    by, form = await office_form(request, ADMIN)
    runtime, who, where = request.app[RUNTIME], line(form, "person"), line(form, "community")
    await withdrawing_posts.withdraw(runtime.db, runtime, _host(request), who, where, by=by.acct)
    return _back(request, "posts-withdrawn")


def _host(request: web.Request) -> str:
    return request.match_info["host"]


def _back(request: web.Request, done: str) -> web.Response:
    return see(f"/admin/agreements/{_host(request).lower()}?done={done}")
