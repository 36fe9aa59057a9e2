"""/c/{handle}: a community: its threads, who can read them, asking and telling something, joining and leaving."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from models.communities import OPEN
from models.engine import ReadTx
from models.queries import feeds, moderation, statistics, tags, visible_entries
from models.queries.communities import CommunityRow
from models.trials import MOST_MEMBERS
from server.actions import discreet, follows, posts, pulse, readers
from server.actions.posts import Draft
from server.actions.refusals import Refused
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.pages import page, see
from server.http.sessions import BrowserSession
from server.media.endpoint import MEDIA
from server.web import asking, rituals
from server.web.asking import Alike
from server.web.places import address_of, leads, may_read, place_of
from server.web.profile import POSTS_SHOWN, window_of
from server.web.shown import shown

MAX_TITLE: Final = asking.MOST_CHARACTERS


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}."""
    return await _page(request, await sessions.require_session(request), {}, None)


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


async def write(request: web.Request) -> web.Response:
    """POST /c/{name}/post: a thread; its title is the first line, as apps write it (product J5). `discreet`: without
    its author, by the same address, so that nothing on the way tells which it was (T242).

    A question to which there are answered ones alike is published when it comes again with `anyway`.
    """
    session, form = await signed_form(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await place_of(tx, request, session.who.person)
        is_new = asking.asks(form) and "anyway" not in form and _may_write(row)
        found = await asking.alike(tx, request, row, session.who.person, form.get("title", "")) if is_new else []
    if found:
        return await _page(request, session, form, None, found)
    title, text = " ".join(form.get("title", "").split()), form.get("text", "").strip()
    try:
        if not title or len(title) > MAX_TITLE:
            raise Refused(to_translate("The first line needs 1 to %(most)s characters."), most=MAX_TITLE)
        if "discreet" in form:
            await discreet.ask(request.app[RUNTIME], session.who.person, row.actor.id, f"{title}\n\n{text}")
            return see(f"{address_of(row)}?done=discreet")
        draft = Draft(text=f"@{row.actor.acct} {title}\n\n{text}".strip())
        await posts.create(request.app[SERVICES], session.who.person, draft)
    except Refused as refused:
        return await _page(request, session, form, refused)
    return see(f"{address_of(row)}?done=posted")


async def _page(
    request: web.Request,
    session: BrowserSession,
    given: Mapping[str, str],
    problem: Refused | None,
    found: Sequence[Alike] = (),
) -> web.Response:
    viewer, runtime = session.who.person, request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await place_of(tx, request, viewer)
        entries = await feeds.community_page(tx, row.actor.id, viewer, window_of(request), runtime.clock.now())
        threads = await shown(tx, entries, viewer, request.app[MEDIA])
        # Who turns pages looks for something else.
        on_first_page = "max_id" not in request.query
        on_top = await moderation.pinned(tx, row.actor.id, viewer) if on_first_page else []
        pinned = await shown(tx, on_top, viewer, request.app[MEDIA]) if on_top else []
        _, who_reads = await readers.of_community(tx, row)
        is_asked = on_first_page and await pulse.is_asked(tx, runtime, viewer, row.actor)
        life = await _life(tx, row, runtime.clock.now())
    facts = _facts(row, runtime.clock.now())
    return page(
        request,
        "web/community.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        script="similar.js" if facts["may_write"] else None,
        **facts,
        **life,
        alike=found,
        who_reads=who_reads,
        is_asked=is_asked,
        threads=threads,
        pinned=pinned,
        older=entries[-1].cursor if len(entries) == POSTS_SHOWN else None,
        given=given,
        problem=problem,
        done=request.query.get("done", ""),
    )


async def _life(tx: ReadTx, row: CommunityRow, now: datetime) -> dict[str, Any]:
    """What goes on in it, as far as its reader may know."""
    declared = await tags.featured(tx, row.actor.id) if row.actor.is_local else []
    return {
        "topics": [one.name for one in declared],
        "is_discreet_offered": row.is_member and await discreet.is_offered(tx, row.actor),
        "meets": await rituals.next_of(tx, row.actor.id, now) if row.actor.is_local and may_read(row) else None,
        "entry": await visible_entries.open_in(tx, row.actor.id, now) if row.is_member else None,
        "k": await statistics.threshold(tx),
    }


def _facts(row: CommunityRow, now: datetime) -> dict[str, Any]:
    """What a community is, and what the reader is to it."""
    return {
        "row": row,
        "address": address_of(row),
        "leads": leads(row),
        "may_read": may_read(row),
        "sees_members": row.is_member or row.actor.visibility == OPEN,
        "is_over": row.is_over(now),
        "may_write": _may_write(row) and not row.is_over(now),
        "most": MOST_MEMBERS,
    }


def _may_write(row: CommunityRow) -> bool:
    """What `posts.create` decides; the form is not offered where it would be refused anyway."""
    return row.is_member and (not row.actor.hosts_only or leads(row))
