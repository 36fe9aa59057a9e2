"""/me/topics: what somebody knows about, in words that they choose (product J4)."""

from aiohttp import web

from server.actions import topics
from server.http.csrf import signed_form
from server.http.keys import RUNTIME
from server.http.pages import see


async def declare(request: web.Request) -> web.Response:
    """POST /me/topics: `topics`, at most ten words. Raises `Refused`."""
    session, form = await signed_form(request)
    runtime = request.app[RUNTIME]
    names = topics.parse(form.get("topics", ""))
    async with runtime.db.write() as tx:
        await topics.declare(tx, runtime, session.who.actor_id, names, runtime.clock.now())
    return see("/me?done=topics#topics")
