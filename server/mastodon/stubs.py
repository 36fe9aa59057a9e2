"""Methods whose answer is always the same here, each as the client API says it: asked for, and not missed."""

from aiohttp import web

from models.queries import actors
from server.http.answers import json_answer
from server.http.auth import require_app_or_user, require_reader, require_viewer
from server.http.errors import forbidden, not_found, scope_missing
from server.http.keys import RUNTIME
from server.http.params import path_id


async def for_readers(request: web.Request) -> web.Response:
    """GET /api/v1/timelines/link, scope read:statuses: there is none."""
    await require_reader(request, "read:statuses")
    return json_answer([])


async def for_account_readers(request: web.Request) -> web.Response:
    """GET /api/v1/featured_tags/suggestions, scope read:accounts: there are none."""
    await require_viewer(request, "read:accounts")
    return json_answer([])


async def of_account(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id/identity_proofs, scope read:accounts: nobody has any."""
    viewer = await require_reader(request, "read:accounts")
    async with request.app[RUNTIME].db.read() as tx:
        if await actors.known_by_id(tx, path_id(request), viewer) is None:
            raise not_found()
    return json_answer([])


async def already_confirmed(request: web.Request) -> web.Response:
    """POST /api/v1/emails/confirmations, scope write:accounts: the firm has confirmed who its people are."""
    await require_viewer(request, "write:accounts")
    raise forbidden("This method is only available while the e-mail is awaiting confirmation")


async def is_confirmed(request: web.Request) -> web.Response:
    """GET /api/v1/emails/check_confirmation, scope read:accounts."""
    await require_viewer(request, "read:accounts")
    return json_answer(True)


async def registrations_closed(request: web.Request) -> web.Response:
    """POST /api/v1/accounts, scope write:accounts: accounts are made by the firm."""
    if "write:accounts" not in (await require_app_or_user(request)).covered:
        raise scope_missing()
    raise forbidden()


async def suggestion_removed(request: web.Request) -> web.Response:
    """DELETE /api/v1/suggestions/:account_id, scope read. Of an account that the viewer may know of."""
    viewer = await require_viewer(request, "read")
    async with request.app[RUNTIME].db.read() as tx:
        if await actors.known_by_id(tx, path_id(request, "account_id"), viewer) is None:
            raise not_found()
    return json_answer({})


async def not_public(request: web.Request) -> web.Response:
    """GET /api/oembed, scope read:statuses: towards people nothing is public, so nothing is embedded elsewhere."""
    await require_reader(request, "read:statuses")
    raise not_found()


async def no_announcement(request: web.Request) -> web.Response:
    """POST /api/v1/announcements/:id/dismiss, scope write:accounts: there are none."""
    await require_viewer(request, "write:accounts")
    raise not_found()


async def no_announcement_to_react(request: web.Request) -> web.Response:
    """PUT and DELETE /api/v1/announcements/:id/reactions/:name, scope write:favourites: there are none."""
    await require_viewer(request, "write:favourites")
    raise not_found()
