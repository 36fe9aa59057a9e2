"""Answers to what somebody asked discreetly, among their notifications (product J6, threats T242).

No stored notification names whoever asked: the community was told, and its rows are found by marks when they ask. Who
acts as the community does not see them there.
"""

from collections.abc import Sequence

from aiohttp import web

from models.discreet import marks_of
from models.engine import ReadTx, WriteTx
from models.gate import ActingCommunity, Person
from models.notifications import TYPES
from models.queries import discreet
from models.queries.notifications import NotificationRow
from models.queries.paging import Page
from models.queries.preferences import read_up_to
from models.writes import discreet as rows
from server.http.keys import RUNTIME


class Wish:
    """Which notifications are asked for."""

    __slots__ = ("from_actor", "types")

    def __init__(self, types: Sequence[str] = (), excluded: Sequence[str] = (), from_actor: int | None = None) -> None:
        self.types = [one for one in types or TYPES if one not in excluded]
        self.from_actor = from_actor


EVERYTHING = Wish()


async def answers(
    request: web.Request, tx: ReadTx, viewer: Person, page: Page, wish: Wish = EVERYTHING
) -> list[NotificationRow]:
    """A page of them alone, the newest first; one statement, none for who acts as a community."""
    if isinstance(viewer, ActingCommunity):
        return []
    at = request.app[RUNTIME].clock.now()
    return await discreet.answers(
        tx, viewer, _marks(request, viewer), page, at, types=wish.types, from_actor=wish.from_actor
    )


async def answer(request: web.Request, tx: ReadTx, viewer: Person, notification_id: int) -> NotificationRow | None:
    """One of them."""
    alone = Page(max_id=notification_id + 1, since_id=notification_id - 1, min_id=None, limit=1)
    found = await answers(request, tx, viewer, alone)
    return found[0] if found else None


async def count_unread(request: web.Request, tx: ReadTx, viewer: Person, limit: int, wish: Wish = EVERYTHING) -> int:
    """How many of them came after what their reader has read, counted up to `limit`."""
    since_id = await read_up_to(tx, viewer.actor_id, "notifications")
    newer = Page(max_id=None, since_id=since_id, min_id=None, limit=limit)
    return len(await answers(request, tx, viewer, newer, wish))


async def dismiss(request: web.Request, tx: WriteTx, viewer: Person, notification_id: int | None = None) -> bool:
    """One of them, or all, are gone; whether there were any."""
    if isinstance(viewer, ActingCommunity):
        return False
    return await rows.dismiss(tx, _marks(request, viewer), notification_id)


def merged(page: Page, ids: list[int]) -> set[int]:
    """Which of the entries with these ids are on the page that two lists give together."""
    in_order = sorted(ids, reverse=page.min_id is None)
    return set(in_order[: page.limit])


def _marks(request: web.Request, viewer: Person) -> Sequence[bytes]:
    runtime = request.app[RUNTIME]
    return marks_of(runtime.vault, viewer.actor_id, runtime.clock.now())
