"""/communities: the directory: what there is to join, here and at partners (product J4)."""

from typing import Final

from aiohttp import web

from models.accounts import AUDITOR
from models.authority import DELEGATE, FirmVerb, may_in_firm
from models.queries import communities, suggestions, trials
from models.queries.paging import Page
from server.http import sessions
from server.http.csrf import token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page

_SHOWN: Final = 40
_SUGGESTED: Final = 3
"""Product J4."""
_MAX_TEXT: Final = 100


async def show(request: web.Request) -> web.Response:
    """GET /communities?q=&max_id=: communities that the reader may know of."""
    session = await sessions.require_session(request)
    text, before = request.query.get("q", "").strip()[:_MAX_TEXT], request.query.get("max_id", "")
    is_number = before.isascii() and before.isdigit() and len(before) < 19
    window = Page(max_id=int(before) if is_number else None, since_id=None, min_id=None, limit=_SHOWN)
    now = request.app[RUNTIME].clock.now()
    async with request.app[RUNTIME].db.read() as tx:
        office = await trials.office_of(tx, session.who.actor_id)
        rows = await communities.directory(tx, session.who.person, window, beginning=text)
        # Who looks for something, or turns pages, knows what they want.
        looks = bool(text) or window.max_id is not None
        found = [] if looks else await suggestions.communities_for(tx, session.who.person, now, _SUGGESTED)
    return page(
        request,
        "web/communities.html",
        session=session,
        csrf=token_of_session(request, session),
        rows=rows,
        # Of those that nothing speaks for, the list below has as much to say.
        suggested=[one for one in found if one.topics],
        now=now,
        may_open=may_in_firm(office, FirmVerb.OPEN_TRIAL),
        may_join=office != AUDITOR,
        may_answer=office == DELEGATE,
        text=text,
        older=rows[-1].actor.id if len(rows) == _SHOWN else None,
    )
