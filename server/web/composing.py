"""/c/{handle}/ask and /c/{handle}/post: where somebody writes a thread, and reads first who will read it, with which
label, and when others are told (product section 5).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from aiohttp import web

from models import questions
from models.communities import LABELS
from models.engine import ReadTx
from models.queries import quiet
from models.queries.communities import CommunityRow
from server.actions import discreet, posts, readers
from server.actions.posts import Draft
from server.actions.readers import Sentence
from server.actions.refusals import Refused
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.pages import page, see
from server.http.sessions import BrowserSession
from server.web import asking
from server.web.asking import Alike
from server.web.places import address_of, may_write, place_of

MAX_TITLE: Final = asking.MOST_CHARACTERS
ASKS: Final = "question"
"""The field of the form by which it is a question, however its first line ends."""


class LabelChoice(msgspec.Struct, frozen=True):
    """A label that the thread can have, and who reads it then."""

    label: int
    who_reads: list[Sentence]


async def show_question(request: web.Request) -> web.Response:
    """GET /c/{name}/ask."""
    return await _page(request, await sessions.require_session(request), {ASKS: "on"})


async def show_post(request: web.Request) -> web.Response:
    """GET /c/{name}/post."""
    return await _page(request, await sessions.require_session(request), {})


async def write(request: web.Request) -> web.Response:
    """POST /c/{name}/post: a thread; its title is the first line, as apps write it (product J5). `discreet`: without
    its author, by the same address, so that nothing on the way tells which it was (T242).

    A question to which there are answered ones alike is published when it comes again with `anyway`.
    """
    session, form = await signed_form(request)
    viewer, runtime = session.who.person, request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await place_of(tx, request, viewer)
        is_offered = may_write(row, runtime.clock.now())
        is_new = is_offered and "anyway" not in form and (ASKS in form or asking.asks(form))
        found = await asking.alike(tx, request, row, viewer, form.get("title", "")) if is_new else []
    if found:
        return await _page(request, session, form, found=found)
    try:
        done = await _publish(request, session, row, form)
    except Refused as refused:
        if not is_offered:
            raise
        return await _page(request, session, form, problem=refused)
    return see(f"{address_of(row)}?done={done}")


async def _publish(request: web.Request, session: BrowserSession, row: CommunityRow, form: Mapping[str, str]) -> str:
    """What was done. Raises `Refused`."""
    title, text = " ".join(form.get("title", "").split()), form.get("text", "").strip()
    label = _label(form.get("label", ""))
    if not title or len(title) > MAX_TITLE:
        raise Refused(to_translate("The first line needs 1 to %(most)s characters."), most=MAX_TITLE)
    if "discreet" in form:
        if label not in (None, row.actor.label or 0):
            raise Refused(to_translate("A discreet question has the label of its community: choose that one."))
        await discreet.ask(request.app[RUNTIME], session.who.person, row.actor.id, f"{title}\n\n{text}")
        return "discreet"
    if ASKS in form and not asking.asks(form):
        text = f"{text}\n\n#{questions.TAG}".strip()
    draft = Draft(text=f"@{row.actor.acct} {title}\n\n{text}".strip(), label=None if label is None else LABELS[label])
    await posts.create(request.app[SERVICES], session.who.person, draft)
    return "posted"


def _label(text: str) -> int | None:
    """The label that was chosen; None: none that there is."""
    return next((one for one in range(len(LABELS)) if text == str(one)), None)


async def _page(
    request: web.Request,
    session: BrowserSession,
    given: Mapping[str, str],
    *,
    problem: Refused | None = None,
    found: Sequence[Alike] = (),
) -> web.Response:
    """The form; for who may not write, the page of the community, which says how one comes in."""
    now = request.app[RUNTIME].clock.now()
    async with request.app[RUNTIME].db.read() as tx:
        row = await place_of(tx, request, session.who.person)
        if not may_write(row, now):
            return see(address_of(row))
        labels = await _labels(tx, row)
        # Whoever ticked it finds it ticked again: without it, the same words would be published with their name.
        is_discreet_offered = "discreet" in given or (ASKS in given and await discreet.is_offered(tx, row.actor))
        told_at = await _told_at(tx, now)
    return page(
        request,
        "web/composer.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        script="similar.js",
        row=row,
        address=address_of(row),
        asks=ASKS in given or "discreet" in given,
        labels=labels,
        is_read_alike=all(one.who_reads == labels[0].who_reads for one in labels),
        chosen=max(_label(given.get("label", "")) or 0, labels[0].label),
        told_at=told_at,
        is_discreet_offered=is_discreet_offered,
        alike=found,
        given=given,
        problem=problem,
    )


async def _labels(tx: ReadTx, row: CommunityRow) -> list[LabelChoice]:
    """The community's and those above it, as far as they are given here (product section 3)."""
    lowest = row.actor.label or 0
    offered = range(lowest, len(LABELS)) if row.actor.is_local else [lowest]
    return [LabelChoice(one, (await readers.of_community(tx, row, one))[1]) for one in offered]


async def _told_at(tx: ReadTx, now: datetime) -> datetime | None:
    """When the firm's quiet hours are over; None: it works, and people are told at once."""
    over = (await quiet.firm_hours(tx)).over_at(now)
    return over if over > now else None
