"""/me/digest: how often somebody gets the digest; /digest/stop/{token}: ending it from a letter, without signing in.

Opening the address changes nothing, since mail scanners open addresses too. The mail program's own button (RFC 8058)
sends what the page's sends, and has no cookie: the sealed token alone says whose digest it is, and does nothing else.
"""

from aiohttp import web

from models.digests import NEVER, PACES
from models.writes import digests as rows
from server.http.csrf import signed_form
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.pages import PageError, page, see
from server.notify.digest_letter import stopped_by


async def choose(request: web.Request) -> web.Response:
    """POST /me/digest: `pace`, one of `weekly`, `daily`, `none`; anything else changes nothing."""
    session, form = await signed_form(request)
    pace = form.get("pace", "")
    if pace in PACES:
        async with request.app[RUNTIME].db.write() as tx:
            await rows.choose(tx, session.who.actor_id, pace)
    return see("/me?done=digest#digest")


async def show_stop(request: web.Request) -> web.Response:
    """GET /digest/stop/{token}: the button."""
    _whose(request)
    return _page(request, is_done=False)


async def stop(request: web.Request) -> web.Response:
    """POST /digest/stop/{token}: no digest any more; a second time it is so already. Its body is not looked at."""
    actor_id = _whose(request)
    async with request.app[RUNTIME].db.write() as tx:
        await rows.choose(tx, actor_id, NEVER)
    return _page(request, is_done=True)


def _whose(request: web.Request) -> int:
    actor_id = stopped_by(request.app[RUNTIME].vault, request.match_info["token"])
    if actor_id is None:
        raise PageError(
            404,
            to_translate("This address stops no digest"),
            to_translate("It may have been cut on its way. Sign in and choose on your own page how often you get one."),
        )
    return actor_id


def _page(request: web.Request, *, is_done: bool) -> web.Response:
    response = page(request, "web/digest_stop.html", session=None, is_done=is_done)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
