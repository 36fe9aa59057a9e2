"""Answers to what somebody asked discreetly, among their notifications (product J6, threats T242).

No stored notification names whoever asked: the community was told, and its rows are found by marks when they ask.
"""

from aiohttp import web

from models.discreet import marks_of
from models.engine import ReadTx
from models.gate import ActingCommunity, Person
from models.notifications import MENTION
from models.queries import discreet
from models.queries.notifications import NotificationRow
from models.queries.paging import Page
from server.http.keys import RUNTIME


class Wish:
    """Which notifications are asked for."""

    __slots__ = ("from_actor", "is_for_mentions")

    def __init__(self, types: list[str], excluded: list[str], from_actor: int | None) -> None:
        self.is_for_mentions = (not types or MENTION in types) and MENTION not in excluded
        self.from_actor = from_actor


async def answers(
    request: web.Request, tx: ReadTx, viewer: Person, page: Page, wish: Wish | None = None
) -> list[NotificationRow]:
    """A page of them alone, the newest first; one statement, none for who acts as a community."""
    if isinstance(viewer, ActingCommunity) or (wish is not None and not wish.is_for_mentions):
        return []
    runtime = request.app[RUNTIME]
    now = runtime.clock.now()
    found = await discreet.answers(tx, viewer, marks_of(runtime.vault, viewer.actor_id, now), page, now)
    return [one for one in found if wish is None or wish.from_actor in (None, one.actor_id)]


async def answer(request: web.Request, tx: ReadTx, viewer: Person, notification_id: int) -> NotificationRow | None:
    """One of them."""
    alone = Page(max_id=notification_id + 1, since_id=notification_id - 1, min_id=None, limit=1)
    found = await answers(request, tx, viewer, alone)
    return found[0] if found else None


def merged(page: Page, ids: list[int]) -> set[int]:
    """Which of the entries with these ids are on the page that two lists give together."""
    in_order = sorted(ids, reverse=page.min_id is None)
    return set(in_order[: page.limit])
