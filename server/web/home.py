"""/: where somebody arrives after the sign-in: what is open, what is new, their communities, and reading on a phone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from aiohttp import web

from models.discreet import marks_of
from models.queries import accounts, communities, digests, discreet, feeds, rituals, suggestions, tags
from models.queries.digests import Item
from models.queries.paging import Page
from models.words import plain, words
from server.http import sessions
from server.http.csrf import token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page
from server.media.endpoint import MEDIA
from server.web.rituals import next_among
from server.web.shown import shown

NEWEST: Final = 10
"""Threads of one's communities; the others are on their pages."""
MOST_QUESTIONS: Final = 5
"""Of each kind: a page is no list of duties."""
MOST_SUGGESTED: Final = 3
"""Communities for a newcomer (product J4)."""
_FIRST_INVITATIONS: Final = Page(max_id=None, since_id=None, min_id=None, limit=10)
_AN_INSTANT: Final = timedelta(seconds=1)
"""What was asked just now is open too."""


_TOLD_FOR: Final = timedelta(days=30)
"""On this page; for good on that of one's discreet questions."""


async def show(request: web.Request) -> web.Response:
    """GET /. Nobody who is not signed in sees anything here (product rule 2)."""
    session = await sessions.require_session(request)
    viewer, at = session.who.person, request.app[RUNTIME].clock.now()
    async with request.app[RUNTIME].db.read() as tx:
        joined = await accounts.memberships(tx, viewer)
        invitations = await communities.invitations(tx, viewer, _FIRST_INVITATIONS)
        # Whoever has joined somewhere finds further ones in the directory.
        suggested = [] if joined else await suggestions.communities_for(tx, viewer, at, MOST_SUGGESTED)
        open_items = await digests.digest(tx, viewer, since=at, until=at + _AN_INSTANT)
        topics = [row.name for row in await tags.featured(tx, viewer.actor_id)] if open_items.questions else []
        newest = await feeds.home(tx, viewer, Page(max_id=None, since_id=None, min_id=None, limit=NEWEST), at)
        asked = await discreet.of_marks(tx, marks_of(request.app[RUNTIME].vault, viewer.actor_id, at))
        threads = await shown(tx, newest, viewer, request.app[MEDIA])
        meets = await next_among(tx, await rituals.of_memberships(tx, viewer, at), at)
    return page(
        request,
        "web/home.html",
        session=session,
        csrf=token_of_session(request, session),
        communities=joined,
        invitations=[row for row, _ in invitations],
        suggested=suggested,
        own_questions=open_items.own[:MOST_QUESTIONS],
        questions=_by_topics(open_items.questions, topics)[:MOST_QUESTIONS],
        threads=threads,
        meets=meets,
        is_unsealed=any(one.is_told and one.opened_at and at < one.opened_at + _TOLD_FOR for one in asked),
    )


def _by_topics(questions: Sequence[Item], topics: Sequence[str]) -> list[Item]:
    """Those first that say a word that the reader declared as a topic (product section 5); else as they are."""
    declared = set(words(" ".join(topics)))
    return sorted(questions, key=lambda one: declared.isdisjoint(words(f"{one.title or ''} {plain(one.content_html)}")))
