"""/@{name}: a person or a community, and those of their posts that the reader may see.

`name` alone is ours, `name@host` a partner's. Of people it shows no counts (product rule 7).
"""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from aiohttp import web

from models.authority import FirmVerb, may_in_firm
from models.communities import OPEN
from models.details import pictures_of
from models.engine import ReadTx
from models.gate import Person
from models.queries import actors, directory, feeds, follows, tags
from models.queries.actors import ActorRow
from models.queries.paging import Page
from models.queries.posts import EntryRow
from server.http import sessions
from server.http.keys import RUNTIME
from server.http.pages import page, see
from server.media.endpoint import MEDIA
from server.web.shown import shown, somebody, wants_document, with_links_that_stay

POSTS_SHOWN: Final = 20
_MAX_HANDLE: Final = 500
_MAX_ID: Final = 2**63 - 1


async def show(request: web.Request) -> web.Response:
    """GET /@{name}. Other servers, which found the address in a document, are sent to the actor of that name."""
    name, host = handle_of(request)
    if wants_document(request):
        return await _see_actor(request, name, host)
    session = await sessions.require_session(request)
    viewer = session.who.person
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.known_by_handle(tx, name, host, viewer)
        if actor is None:
            raise web.HTTPNotFound
        rows = await _posts(tx, actor, viewer, window_of(request), request.app[RUNTIME].clock.now())
        posts = await shown(tx, rows, viewer, request.app[MEDIA])
        role = await follows.role_in(tx, viewer.actor_id, actor.id) if actor.is_community else None
        # Of a partner's community only our own members are known here: no number is better than that one.
        declared = await tags.featured(tx, actor.id) if actor.is_local else []
        unit = await directory.unit_of(tx, actor.id) if actor.is_local and not actor.is_community else None
        is_colleague = not actor.is_community and actor.id != viewer.actor_id
        shared = await follows.shared(tx, viewer, actor.id) if is_colleague else []
        counts = await actors.counts(tx, [actor.id]) if actor.is_community and actor.is_local else {}
    return page(
        request,
        "web/profile.html",
        session=session,
        actor=actor,
        who=somebody(actor),
        avatar=_avatar(request, actor),
        note=_with_links_here(request, actor.summary_html),
        fields=[(field[0], _with_links_here(request, field[1])) for field in actor.fields],
        topics=[one.name for one in declared],
        unit=unit,
        shared=[somebody(one) for one in shared],
        posts=posts,
        older=rows[-1].cursor if len(rows) == POSTS_SHOWN else None,
        is_oneself=actor.id == viewer.actor_id,
        role=role,
        may_read=not actor.is_community or role is not None or _reads_open(actor, session.who.role),
        members=counts[actor.id].followers if actor.id in counts else 0,
    )


def _reads_open(community: ActorRow, role: str) -> bool:
    is_open = community.is_local and community.visibility == OPEN
    return is_open and may_in_firm(role, FirmVerb.READ_OPEN)


def _with_links_here(request: web.Request, html: str) -> str:
    return with_links_that_stay(html, [], request.app[MEDIA].base_url)


def _avatar(request: web.Request, actor: ActorRow) -> str | None:
    """Where somebody's picture is on this server."""
    icon, media = pictures_of(actor.pictures).icon, request.app[MEDIA]
    return media.of_picture(icon).removeprefix(media.base_url) if icon else None


def handle_of(request: web.Request) -> tuple[str, str]:
    """Name and host in the path, folded; ours where it gives no host. Raises 404 for what cannot be a handle."""
    handle = request.match_info["name"]
    if len(handle) > _MAX_HANDLE or not handle.isprintable():
        raise web.HTTPNotFound
    name, _, host = handle.partition("@")
    return name.lower(), host.lower() or request.app[RUNTIME].config.domain


async def _see_actor(request: web.Request, name: str, host: str) -> web.Response:
    """The same answer for a person, for nobody, and for a community that partners may not know of."""
    config = request.app[RUNTIME].config
    if host != config.domain:
        raise web.HTTPNotFound
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.local_by_name(tx, name)
    is_community = actor is not None and actor.is_community and actor.is_findable
    response = see(f"/{'communities' if is_community else 'users'}/{quote(name)}", status=302)
    response.headers["Vary"] = "Accept"
    return response


def window_of(request: web.Request) -> Page:
    """The posts below `max_id`, if the address has one."""
    text = request.query.get("max_id", "")
    is_number = text.isascii() and text.isdigit() and len(text) < len(str(_MAX_ID))
    return Page(max_id=int(text) if is_number else None, since_id=None, min_id=None, limit=POSTS_SHOWN)


async def _posts(tx: ReadTx, actor: ActorRow, viewer: Person, window: Page, at: datetime) -> list[EntryRow]:
    """Opening posts of a community, all posts of a person, as far as the viewer may see them."""
    if not actor.is_community:
        return await feeds.by_author(tx, actor.id, viewer, window)
    return await feeds.community_page(tx, actor.id, viewer, window, at)
