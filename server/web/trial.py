"""/communities/~trial: whoever works here opens a trial community and hosts it (product J3)."""

from collections.abc import Mapping

from aiohttp import web

from models.authority import FirmVerb, may_in_firm
from models.communities import VISIBILITIES
from models.engine import WriteTx
from models.queries import actors
from models.trials import ANSWERED_WITHIN, LASTS, LEAST_MEMBERS, MOST_MEMBERS, TRIAL
from server.actions import communities, hosting, moderation
from server.actions.communities import MAX_TITLE, NewCommunity
from server.actions.hosting import MAX_TEXT, Settings
from server.actions.local_actors import Keys, new_keys
from server.actions.refusals import NotAllowed, Refused
from server.http import sessions
from server.http.csrf import Form, signed_form, token_of_session
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.pages import page, see
from server.http.sessions import BrowserSession


async def show(request: web.Request) -> web.Response:
    """GET /communities/~trial."""
    session = await sessions.require_session(request)
    if not may_in_firm(session.who.role, FirmVerb.OPEN_TRIAL):
        raise NotAllowed(to_translate("Auditors and guests found no communities."))
    return _page(request, session, {}, None)


async def open_one(request: web.Request) -> web.Response:
    """POST /communities/~trial: `title`, `name`, `purpose`, `charter`, `visibility`."""
    session, form = await signed_form(request)
    keys = await new_keys()
    await request.app[SERVICES].key_ring.refresh()
    try:
        async with request.app[RUNTIME].db.write() as tx:
            name = await _found(tx, request, session, form, keys)
    except NotAllowed:
        raise
    except Refused as refused:
        return _page(request, session, form, refused)
    return see(f"/c/{name}?done=opened")


async def _found(tx: WriteTx, request: web.Request, session: BrowserSession, form: Form, keys: Keys) -> str:
    runtime, viewer = request.app[RUNTIME], session.who.person
    host = await actors.by_id(tx, viewer.actor_id)
    if host is None:
        raise web.HTTPNotFound
    new = NewCommunity(
        name=form.get("name", "").strip().removeprefix("@"),
        title=" ".join(form.get("title", "").split()),
        host=host.username,
        visibility=form.get("visibility", ""),
    )
    made = await communities.found(tx, runtime, viewer.actor_id, new, keys, by=host.acct, kind=TRIAL)
    purpose, charter = (
        form.get(one, "").replace("\r\n", "\n").replace("\0", "").strip() for one in ("purpose", "charter")
    )
    if purpose or charter:
        place = await moderation.seat(tx, runtime, viewer, made.id)
        await hosting.configure(tx, runtime, place, Settings(purpose=purpose or None, charter=charter or None))
    return made.name


def _page(
    request: web.Request, session: BrowserSession, given: Mapping[str, str], problem: Refused | None
) -> web.Response:
    return page(
        request,
        "web/trial.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        visibilities=VISIBILITIES,
        bounds={
            "members": MOST_MEMBERS,
            "days": LASTS.days,
            "least": LEAST_MEMBERS,
            "answered": ANSWERED_WITHIN,
            "title": MAX_TITLE,
            "text": MAX_TEXT,
        },
        given=given,
        problem=problem,
    )
