"""/c/{handle}: a community: its threads, who can read them, joining and leaving."""

from datetime import datetime
from typing import Any

from aiohttp import web

from models.communities import OPEN
from models.engine import ReadTx
from models.queries import feeds, moderation, statistics, tags, visible_entries
from models.queries.communities import CommunityRow
from models.trials import MOST_MEMBERS
from server.actions import follows, pulse, readers
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME, SERVICES
from server.http.pages import page, see
from server.media.endpoint import MEDIA
from server.web import rituals
from server.web.places import address_of, leads, may_write, place_of
from server.web.profile import POSTS_SHOWN, window_of
from server.web.shown import shown, with_links_that_stay


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}."""
    session = await sessions.require_session(request)
    viewer, runtime = session.who.person, request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await place_of(tx, request, viewer)
        entries = await feeds.community_page(tx, row.actor.id, viewer, window_of(request), runtime.clock.now())
        threads = await shown(tx, entries, viewer, request.app[MEDIA])
        # Who turns pages looks for something else.
        on_first_page = "max_id" not in request.query
        on_top = await moderation.pinned(tx, row.actor.id, viewer) if on_first_page else []
        pinned = await shown(tx, on_top, viewer, request.app[MEDIA]) if on_top else []
        who_reads = (await readers.of_community(tx, row))[1] if row.is_read else []
        is_asked = on_first_page and await pulse.is_asked(tx, runtime, viewer, row.actor)
        life = await _life(tx, row, runtime.clock.now())
    return page(
        request,
        "web/community.html",
        session=session,
        csrf=token_of_session(request, session),
        **_facts(row, runtime.clock.now()),
        **life,
        purpose=with_links_that_stay(row.actor.summary_html, [], request.app[MEDIA].base_url),
        who_reads=who_reads,
        is_asked=is_asked,
        threads=threads,
        pinned=pinned,
        older=entries[-1].cursor if len(entries) == POSTS_SHOWN else None,
        done=request.query.get("done", ""),
    )


async def join(request: web.Request) -> web.Response:
    """POST /c/{name}/join: at once, or a request; where there is a charter, once it is accepted (product J4)."""
    session, form = await signed_form(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await place_of(tx, request, session.who.person)
    if row.charter and row.role is None and "charter" not in form:
        return see(f"{address_of(row)}?done=charter")
    await follows.follow(request.app[SERVICES], session.who.person, row.actor.id)
    return see(f"{address_of(row)}?done=join")


async def leave(request: web.Request) -> web.Response:
    """POST /c/{name}/leave: or withdraw the request."""
    session, _ = await signed_form(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await place_of(tx, request, session.who.person)
    await follows.unfollow(request.app[SERVICES], session.who.person, row.actor.id)
    return see("/communities?done=left")


async def _life(tx: ReadTx, row: CommunityRow, now: datetime) -> dict[str, Any]:
    """What goes on in it, as far as its reader may know."""
    declared = await tags.featured(tx, row.actor.id) if row.actor.is_local else []
    return {
        "topics": [one.name for one in declared],
        "meets": await rituals.next_of(tx, row.actor.id, now) if row.actor.is_local and row.is_read else None,
        "entry": await visible_entries.open_in(tx, row.actor.id, now) if row.is_member else None,
        "k": await statistics.threshold(tx),
    }


def _facts(row: CommunityRow, now: datetime) -> dict[str, Any]:
    """What a community is, and what the reader is to it."""
    return {
        "row": row,
        "address": address_of(row),
        "leads": leads(row),
        "may_read": row.is_read,
        "may_join": not row.by_auditor,
        "sees_members": row.is_member or row.actor.visibility == OPEN,
        "is_over": row.is_over(now),
        "may_write": may_write(row, now),
        "most": MOST_MEMBERS,
    }
