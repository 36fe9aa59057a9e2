"""Reading visible entries, and by one of them what is written in its community."""

from datetime import datetime

import msgspec
from sqlalchemy import or_, select

from models.actors import Actor
from models.base import aliased
from models.engine import Columns, ReadTx
from models.gate import Visitor, visible_to
from models.posts import Post
from models.queries.paging import Page
from models.visible_entries import VisibleEntry

MOST_SHOWN = 20

_Place, _Reader = aliased(Actor, name="place"), aliased(Actor, name="reader")


class VisibleEntryRow(msgspec.Struct, frozen=True):
    """One entry, in the order of the columns."""

    id: int
    community_id: int
    community_name: str
    community_title: str
    person_id: int
    person_name: str
    reason: str
    begins_at: datetime
    ends_at: datetime
    ended_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """It lets its reader in at this moment."""
        return self.ended_at is None and now < self.ends_at


def _rows() -> Columns:
    return (
        select(
            VisibleEntry.id, VisibleEntry.community_id, _Place.username, _Place.display_name, VisibleEntry.person_id,
            _Reader.username, VisibleEntry.reason, VisibleEntry.begins_at, VisibleEntry.ends_at, VisibleEntry.ended_at,
        )
        .join(_Place, _Place.id == VisibleEntry.community_id)
        .join(_Reader, _Reader.id == VisibleEntry.person_id)
    )  # fmt: skip


async def newest(tx: ReadTx) -> list[VisibleEntryRow]:
    """The last of them, whether they go on or not."""
    return [
        VisibleEntryRow(*row) for row in await tx.select(_rows().order_by(VisibleEntry.id.desc()).limit(MOST_SHOWN))
    ]


async def one(tx: ReadTx, entry_id: int) -> VisibleEntryRow | None:
    """One of them."""
    row = (await tx.select(_rows().where(VisibleEntry.id == entry_id))).first()
    return VisibleEntryRow(*row) if row else None


async def open_in(tx: ReadTx, community_id: int, now: datetime) -> VisibleEntryRow | None:
    """The entry that goes on in a community, the one that ends last: its members see that page of it."""
    goes_on = (VisibleEntry.community_id == community_id, VisibleEntry.ended_at.is_(None), VisibleEntry.ends_at > now)
    row = (await tx.select(_rows().where(*goes_on).order_by(VisibleEntry.ends_at.desc()).limit(1))).first()
    return VisibleEntryRow(*row) if row else None


async def over(tx: ReadTx, now: datetime) -> list[VisibleEntryRow]:
    """Those whose time is over, and whose end nobody has announced."""
    due = (VisibleEntry.ended_at.is_(None), VisibleEntry.ends_at <= now)
    return [VisibleEntryRow(*row) for row in await tx.select(_rows().where(*due).limit(MOST_SHOWN))]


class Written(msgspec.Struct, frozen=True):
    """A post as whoever entered reads it, in the order of the columns."""

    id: int
    thread_id: int | None
    is_reply: bool
    author_name: str
    author_host: str
    published_at: datetime
    title: str | None
    spoiler: str
    content_html: str


async def written(tx: ReadTx, viewer: Visitor, page: Page, *, thread_id: int | None = None) -> list[Written]:
    """What is written in the community, the newest first; of one thread if asked so. Nothing once it is over."""
    statement = (
        select(
            Post.id, Post.thread_id, Post.parent_uri.is_not(None), Actor.username, Actor.host, Post.published_at,
            Post.title, Post.spoiler, Post.content_html,
        )
        .join(Actor, Actor.id == Post.author_id)
        .where(visible_to(viewer), Post.shared_post_id.is_(None))
    )  # fmt: skip
    if thread_id is not None:
        statement = statement.where(or_(Post.thread_id == thread_id, Post.id == thread_id))
    return page.ordered([(Written(*row)) for row in await tx.select(page.bound(statement, Post.id))])
