"""Who waits to be let through: one request for each sender whose notifications a person's policy sets aside."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, bindparam, func, select

from models.engine import Columns, ReadTx
from models.gate import Person, viewer_values
from models.notifications import Notification
from models.queries.notifications import waiting
from models.queries.paging import Page, Window
from models.queries.tastes import taste_values
from models.statements import lasting, lasting_forms

MOST_COUNTED = 1000


class RequestRow(msgspec.Struct, frozen=True):
    """One sender with what waits, in the order of the columns."""

    sender_id: int
    """Names the request."""
    since: datetime
    newest_at: datetime
    count: int
    last_post_id: int | None
    newest_id: int
    """Of the notifications: what requests are paged by."""


def _senders() -> Columns:
    return (
        select(
            Notification.actor_id.label("sender_id"),
            func.min(Notification.created_at).label("since"),
            func.max(Notification.created_at).label("newest_at"),
            func.count().label("count"),
            func.max(Notification.post_id).label("last_post_id"),
            func.max(Notification.id).label("newest_id"),
        )
        .where(waiting())
        .group_by(Notification.actor_id)
    )


_BY_SENDER = lasting(lambda: _senders().subquery())


@lasting_forms
def _page(window: Window) -> Columns:
    return window.of(select(_BY_SENDER()), _BY_SENDER().c.newest_id)


async def page_of(tx: ReadTx, viewer: Person, page: Page, at: datetime) -> list[RequestRow]:
    """The viewer's requests, who came last first."""
    values = {**page.values, **viewer_values(viewer), **taste_values(viewer, at)}
    return page.ordered([RequestRow(*row) for row in await tx.select(_page(page.window), values)])


_ONE = lasting(
    lambda: select(_BY_SENDER()).where(_BY_SENDER().c.sender_id == bindparam("of_sender", type_=BigInteger()))
)


async def one(tx: ReadTx, sender_id: int, viewer: Person, at: datetime) -> RequestRow | None:
    """One of the viewer's requests."""
    values = {"of_sender": sender_id, **viewer_values(viewer), **taste_values(viewer, at)}
    row = (await tx.select(_ONE(), values)).first()
    return RequestRow(*row) if row else None


_SOME = lasting(
    lambda: select(_BY_SENDER().c.sender_id).where(_BY_SENDER().c.sender_id.in_(bindparam("senders", expanding=True)))
)


async def waiting_of(tx: ReadTx, sender_ids: Sequence[int], viewer: Person, at: datetime) -> list[int]:
    """Those of the senders of whom something waits."""
    if not sender_ids:
        return []
    values = {"senders": list(sender_ids), **viewer_values(viewer), **taste_values(viewer, at)}
    return [row[0] for row in await tx.select(_SOME(), values)]


_IDS: Columns = select(Notification.id).where(
    waiting(), Notification.actor_id.in_(bindparam("senders", expanding=True))
)


async def notifications_of(tx: ReadTx, sender_ids: Sequence[int], viewer: Person, at: datetime) -> list[int]:
    """What waits of these senders."""
    if not sender_ids:
        return []
    values = {"senders": list(sender_ids), **viewer_values(viewer), **taste_values(viewer, at)}
    return [row[0] for row in await tx.select(_IDS, values)]


async def waiting_counts(tx: ReadTx, viewer: Person, at: datetime) -> tuple[int, int]:
    """How many senders wait, and how many notifications, counted up to a thousand."""
    found = select(Notification.actor_id).where(waiting()).limit(MOST_COUNTED).subquery()
    statement = select(func.count(found.c.actor_id.distinct()), func.count())
    values = {**viewer_values(viewer), **taste_values(viewer, at)}
    row = (await tx.select(statement.select_from(found), values)).one()
    return int(row[0]), int(row[1])
