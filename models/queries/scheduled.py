"""Reading posts that are to be published later: everybody sees their own, and nobody anybody else's."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, or_, select

from models.engine import ReadTx
from models.gate import ActingCommunity, Person
from models.queries.paging import Page
from models.scheduled import ScheduledPost

MOST_ATTEMPTS = 8
"""After so many that ended in the middle, a post is left where it is, and is its author's to look after."""


class ScheduledRow(msgspec.Struct, frozen=True):
    """One of them, in the order of the columns."""

    id: int
    actor_id: int
    draft: dict[str, Any]
    due_at: datetime
    idempotency_key: str | None
    by_id: int | None = None

    @property
    def viewer(self) -> Person:
        """Who publishes it: a person, or a community through somebody."""
        return Person(self.actor_id) if self.by_id is None else ActingCommunity(self.actor_id, self.by_id)


COLUMNS = (
    ScheduledPost.id,
    ScheduledPost.actor_id,
    ScheduledPost.draft,
    ScheduledPost.due_at,
    ScheduledPost.idempotency_key,
    ScheduledPost.by_id,
)


async def page_of(tx: ReadTx, viewer: Person, page: Page) -> list[ScheduledRow]:
    """The viewer's, the newest first. Uses ix_scheduled_posts_actor."""
    statement = page.bound(select(*COLUMNS).where(ScheduledPost.actor_id == viewer.actor_id), ScheduledPost.id)
    return page.ordered([ScheduledRow(*row) for row in await tx.select(statement)])


async def one(tx: ReadTx, scheduled_id: int, viewer: Person) -> ScheduledRow | None:
    """One of the viewer's."""
    mine = (ScheduledPost.id == scheduled_id, ScheduledPost.actor_id == viewer.actor_id)
    row = (await tx.select(select(*COLUMNS).where(*mine))).first()
    return ScheduledRow(*row) if row else None


async def count_of(tx: ReadTx, viewer: Person) -> int:
    """How many of the viewer's wait."""
    statement = select(func.count()).select_from(ScheduledPost).where(ScheduledPost.actor_id == viewer.actor_id)
    return int(await tx.scalar(statement))


async def by_idempotency_key(tx: ReadTx, viewer: Person, key: str, since: datetime) -> int | None:
    """The one that the viewer made under this key since then."""
    statement = select(ScheduledPost.id).where(
        ScheduledPost.actor_id == viewer.actor_id,
        ScheduledPost.idempotency_key == key,
        ScheduledPost.created_at >= since,
    )
    found: int | None = await tx.scalar(statement)
    return found


async def any_due(tx: ReadTx, now: datetime) -> bool:
    """Whether there is anything to publish. Uses ix_scheduled_posts_due_at."""
    statement = select(ScheduledPost.id).where(
        ScheduledPost.due_at <= now,
        or_(ScheduledPost.leased_until.is_(None), ScheduledPost.leased_until <= now),
        ScheduledPost.attempts < MOST_ATTEMPTS,
    )
    return await tx.scalar(statement.limit(1)) is not None
