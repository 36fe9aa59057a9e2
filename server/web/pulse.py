"""/c/{name}/pulse: a member says how much a community helped in this month; the page of the community asks."""

from aiohttp import web

from server.actions import pulse
from server.http.csrf import signed_form
from server.http.keys import RUNTIME
from server.http.pages import see
from server.web.places import address_of, place_of


async def answer(request: web.Request) -> web.Response:
    """POST /c/{name}/pulse: `mark`, from 1 to 5. Raises `Refused`."""
    session, form = await signed_form(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await place_of(tx, request, session.who.person)
    await pulse.answer(runtime, session.who.person, row.actor.id, form.get("mark", ""))
    return see(f"{address_of(row)}?done=pulse")
