"""Placing posts in feeds: one statement whatever the audience."""

import json
from collections.abc import Sequence
from typing import cast

from sqlalchemy import BindParameter, String, bindparam, delete, insert, or_, select, union_all
from sqlalchemy.sql.dml import Insert

from models.actors import Follow, language_pattern
from models.communities import Community
from models.dialect import as_number, numbers
from models.engine import WriteTx
from models.feeds import FeedEntry, tag_feed
from models.notifications import FOLLOW, Notification
from models.posts import Post
from models.signals import PLACED
from models.statements import lasting, lasting_by_dialect, unplanned
from models.tags import FollowedTag


def placement(
    *, entry_id: int, followers_of: int, language: str | None, tags: Sequence[str] = (), feeds: Sequence[int] = ()
) -> dict[str, object]:
    """One entry to place: in the homes of an actor's local followers who read its language, in the `feeds` named, under
    its hashtags and in the homes of those who follow one of them: reading goes through the gate in any case.
    """
    return {
        "entry_id": entry_id,
        "followers_of": followers_of,
        "read_by": language_pattern(language),
        "feeds": json.dumps([*feeds, *(tag_feed(name) for name in tags)]),
    }


@lasting_by_dialect
def _statement(tx: WriteTx) -> Insert:
    entry_id = bindparam("entry_id", type_=FeedEntry.entry_id.type)
    read_by = unplanned(bindparam("read_by", type_=String()))
    homes = select(Follow.follower_id.label("feed_id"), entry_id.label("entry_id")).where(
        Follow.target_id == bindparam("followers_of", type_=Follow.target_id.type),
        Follow.is_accepted,
        Follow.shows_reblogs,
        or_(Follow.languages.is_(None), Follow.languages.like(read_by)),
        Follow.follower_peer_id.is_(None),
    )
    placed: BindParameter[str] = bindparam("feeds", type_=String())
    named, tagged = numbers(tx, placed), numbers(tx, placed)
    others = select(as_number(tx, named.c.value).label("feed_id"), entry_id.label("entry_id")).select_from(named)
    followers = select(FollowedTag.actor_id.label("feed_id"), entry_id.label("entry_id")).join(
        tagged, as_number(tx, tagged.c.value) == FollowedTag.feed_id
    )
    all_of_them = union_all(homes, others, followers).subquery()
    return insert(FeedEntry).from_select(
        ["feed_id", "entry_id"], select(all_of_them.c.feed_id, all_of_them.c.entry_id).distinct()
    )


async def place(tx: WriteTx, placements: Sequence[dict[str, object]]) -> None:
    """Write feed entries."""
    if placements:
        await tx.execute(_statement(tx), list(placements))
        for one in placements:
            tx.signal(PLACED, cast(int, one["entry_id"]))


async def leave(tx: WriteTx, feed_id: int, author_id: int) -> None:
    """Take an author's entries out of somebody's home, after they stopped following.

    That a community had let them in goes too: of one that is not open nothing is left to whoever has left it (T152).
    """
    mine = select(Post.id).where(Post.author_id == author_id)
    await tx.execute(delete(FeedEntry).where(FeedEntry.feed_id == feed_id, FeedEntry.entry_id.in_(mine)))
    community = select(Community.actor_id).where(Community.actor_id == author_id)
    await tx.execute(
        delete(Notification).where(
            Notification.recipient_id == feed_id, Notification.type == FOLLOW, Notification.actor_id.in_(community)
        )
    )


_gone = bindparam("gone", type_=FeedEntry.entry_id.type)
_TAKE_OUT = lasting(
    lambda: delete(FeedEntry).where(
        FeedEntry.entry_id.in_(select(Post.id).where((Post.id == _gone) | (Post.shared_post_id == _gone)))
    )
)


async def take_out(tx: WriteTx, post_id: int) -> None:
    """Take a post and its wrappers out of every feed."""
    await tx.execute(_TAKE_OUT(), {"gone": post_id})


async def take_all_out(tx: WriteTx, post_ids: Sequence[int]) -> None:
    """The same of at least one post."""
    await tx.execute(_TAKE_OUT(), [{"gone": post_id} for post_id in post_ids])


async def welcome(tx: WriteTx, feed_id: int, community_id: int, limit: int = 20) -> None:
    """Show a new member the newest opening posts in their home; the gate still decides what they see of them."""
    newest = (
        select(Post.id)
        .where(Post.author_id == community_id, Post.shared_post_id.is_not(None), Post.deleted_at.is_(None))
        .order_by(Post.id.desc())
        .limit(limit)
        .subquery()
    )
    there = select(FeedEntry.entry_id).where(FeedEntry.feed_id == feed_id)
    await tx.execute(
        insert(FeedEntry).from_select(
            ["feed_id", "entry_id"],
            select(bindparam("feed_id", feed_id, type_=FeedEntry.feed_id.type), newest.c.id).where(
                newest.c.id.not_in(there)
            ),
        )
    )
