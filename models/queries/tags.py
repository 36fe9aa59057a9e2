"""Hashtags: those that people follow and show, how much they are used."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import func, select

from models.base import aliased
from models.engine import ReadTx
from models.feeds import FeedEntry
from models.gate import Person, Viewer, visible_to
from models.posts import Post
from models.queries.paging import Page
from models.tags import FeaturedTag, FollowedTag


class TagRow(msgspec.Struct, frozen=True):
    """A hashtag of one person, in the order of the columns."""

    id: int
    name: str
    feed_id: int


_MOST_USES = 5000
_Entry = aliased(Post, name="entry")


async def followed(tx: ReadTx, person_id: int, page: Page) -> list[TagRow]:
    """The hashtags that a person follows; the id is the cursor."""
    statement = select(FollowedTag.id, FollowedTag.name, FollowedTag.feed_id).where(FollowedTag.actor_id == person_id)
    return page.ordered([TagRow(*row) for row in await tx.select(page.bound(statement, FollowedTag.id))])


async def featured(tx: ReadTx, person_id: int) -> list[TagRow]:
    """The hashtags that a person shows on their profile, in the order in which they chose them."""
    statement = select(FeaturedTag.id, FeaturedTag.name, FeaturedTag.feed_id).where(FeaturedTag.actor_id == person_id)
    return [TagRow(*row) for row in await tx.select(statement.order_by(FeaturedTag.id))]


async def featured_by(tx: ReadTx, actor_ids: Sequence[int]) -> dict[int, list[str]]:
    """The same names of several, by whose they are."""
    found: dict[int, list[str]] = {}
    if actor_ids:
        statement = select(FeaturedTag.actor_id, FeaturedTag.name).where(FeaturedTag.actor_id.in_(actor_ids))
        for actor_id, name in await tx.select(statement.order_by(FeaturedTag.id)):
            found.setdefault(actor_id, []).append(name)
    return found


async def bonds(tx: ReadTx, person_id: int, name: str) -> tuple[bool, bool]:
    """Whether a person follows a hashtag, and whether they show it."""
    follows = select(FollowedTag.id).where(FollowedTag.actor_id == person_id, FollowedTag.name == name)
    shows = select(FeaturedTag.id).where(FeaturedTag.actor_id == person_id, FeaturedTag.name == name)
    row = (await tx.select(select(follows.exists(), shows.exists()))).one()
    return bool(row[0]), bool(row[1])


async def uses(
    tx: ReadTx, feed_ids: Sequence[int], viewer: Viewer, since: datetime
) -> dict[int, dict[date, tuple[int, int]]]:
    """By feed of a hashtag and by day in UTC: posts that the viewer may see, and by how many people they are."""
    if not feed_ids:
        return {}
    statement = (
        select(FeedEntry.feed_id, Post.published_at, Post.author_id)
        .select_from(FeedEntry)
        .join(_Entry, _Entry.id == FeedEntry.entry_id)
        .join(Post, Post.id == func.coalesce(_Entry.shared_post_id, _Entry.id))
        .where(FeedEntry.feed_id.in_(feed_ids), Post.published_at >= since, visible_to(viewer))
        .order_by(FeedEntry.entry_id.desc())
        .limit(_MOST_USES)
    )
    found: dict[int, dict[date, list[int]]] = {}
    for feed_id, published_at, author_id in await tx.select(statement):
        found.setdefault(feed_id, {}).setdefault(published_at.date(), []).append(author_id)
    return {
        feed_id: {day: (len(authors), len(set(authors))) for day, authors in days.items()}
        for feed_id, days in found.items()
    }


async def uses_by(
    tx: ReadTx, author_id: int, tags: Sequence[TagRow], viewer: Person
) -> dict[int, tuple[int, datetime]]:
    """By feed of a hashtag: how many posts of the author with it the viewer may see, and when the last was."""
    if not tags:
        return {}
    statement = (
        select(FeedEntry.feed_id, func.count(), func.max(Post.published_at))
        .select_from(FeedEntry)
        .join(_Entry, _Entry.id == FeedEntry.entry_id)
        .join(Post, Post.id == func.coalesce(_Entry.shared_post_id, _Entry.id))
        .where(FeedEntry.feed_id.in_([one.feed_id for one in tags]), Post.author_id == author_id, visible_to(viewer))
        .group_by(FeedEntry.feed_id)
    )
    return {row[0]: (row[1], row[2]) for row in await tx.select(statement)}


async def followed_count(tx: ReadTx, person_id: int) -> int:
    """How many hashtags a person follows."""
    statement = select(func.count()).select_from(FollowedTag).where(FollowedTag.actor_id == person_id)
    return int(await tx.scalar(statement) or 0)
