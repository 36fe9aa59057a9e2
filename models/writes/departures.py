"""An actor is gone for good: what it wrote, did and belonged to goes with it; its row stays as its tombstone."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from models.actors import Actor, Follow
from models.engine import WriteTx
from models.feeds import FeedEntry
from models.interactions import Bookmark, Like, ProfilePin
from models.moderation import Ban, LoggedAct, Moderator, PersonalBlock, Pin, Removal, Report
from models.notifications import Notification
from models.polls import Poll
from models.posts import Post, PostVersion
from models.queries.actors import ActorRow
from models.writes import conversations, media, partings, questions, remote_keys

_WIPED: dict[str, object] = {
    "content_html": "",
    "source": "",
    "title": None,
    "spoiler": "",
    "tags": [],
    "details": {},
    "idempotency_key": None,
    "words": "",
}


_BLANK: dict[str, object] = {
    "display_name": "",
    "summary_html": "",
    "summary_source": "",
    "fields": [],
    "pictures": {},
}

_AboutPosts = Like | Bookmark | ProfilePin | PostVersion | Notification | Pin | Removal | Report | Poll


async def erase(tx: WriteTx, actor: ActorRow, at: datetime) -> None:
    """A remote actor was deleted: a person with all that they wrote, a community with all that was written in it
    (threats T180). Nothing they signed is believed any more, and their name stays taken.
    """
    joined = await partings.joined_by(tx, actor.id)
    await _forget(tx, actor, at)
    await remote_keys.drop(tx, actor.id)
    await partings.were_all(tx, joined, at)


async def dissolve(tx: WriteTx, community: ActorRow, at: datetime) -> None:
    """A community of ours is deleted. It keeps its keys: by them its farewell is signed, however late it arrives."""
    await _forget(tx, community, at)


async def _forget(tx: WriteTx, actor: ActorRow, at: datetime) -> None:
    written = (Post.author_id == actor.id) | (Post.community_id == actor.id)
    await wipe_posts(tx, written, at)
    await media.drop_of_owner(tx, actor.id, at)
    mine: tuple[tuple[type[Like | Bookmark | Follow | Notification | PersonalBlock | Report], ColumnElement[bool]], ...]
    mine = (
        (Like, Like.actor_id == actor.id),
        (Bookmark, Bookmark.actor_id == actor.id),
        (Follow, or_(Follow.follower_id == actor.id, Follow.target_id == actor.id)),
        (Notification, or_(Notification.actor_id == actor.id, Notification.recipient_id == actor.id)),
        (PersonalBlock, or_(PersonalBlock.actor_id == actor.id, PersonalBlock.target_id == actor.id)),
        (Report, or_(Report.reporter_id == actor.id, Report.target_id == actor.id)),
    )
    for table, whose in mine:
        await tx.execute(delete(table).where(whose))
    for kept in (Ban, Moderator, Pin, Removal, LoggedAct):
        await tx.execute(delete(kept).where(kept.community_id == actor.id))
    await tx.execute(update(Actor).where(Actor.id == actor.id).values(deleted_at=at, **_BLANK))


async def forget_identity(tx: WriteTx, actor: ActorRow, known_as: str, at: datetime) -> None:
    """A remote person is a former colleague of their firm from now on, of whom this name is all that is known. What
    they wrote stays; what their server calls them already stays as well.
    """
    values = _BLANK if actor.username != known_as else {**_BLANK, "display_name": actor.display_name}
    left: dict[str, object] = {
        "username": known_as,
        "url": actor.uri,
        "also_known_as": [],
        "moved_to": None,
        "suspended_at": at,
    }
    await tx.execute(update(Actor).where(Actor.id == actor.id).values(**values, **left))


async def wipe_posts(tx: WriteTx, written: ColumnElement[bool], at: datetime) -> None:
    """Posts and the wrappers around them: out of every feed, without text, marks and earlier versions."""
    ids = select(Post.id).where(written)
    around = select(Post.id).where(or_(written, Post.shared_post_id.in_(ids)))
    of_posts: tuple[tuple[type[_AboutPosts], Any], ...] = (
        (Like, ids),
        (Bookmark, ids),
        (ProfilePin, ids),
        (PostVersion, ids),
        (Notification, around),
        (Pin, ids),
        (Removal, ids),
        (Report, ids),
        (Poll, ids),
    )
    for table, which in of_posts:
        await tx.execute(delete(table).where(table.post_id.in_(which)))
    await questions.forget_answers(tx, written)
    await conversations.forget_posts(tx, ids)
    await media.drop_of_posts(tx, ids, at)
    await tx.execute(delete(FeedEntry).where(FeedEntry.entry_id.in_(around)))
    await tx.execute(update(Post).where(Post.id.in_(around)).values(**_WIPED))
    await tx.execute(update(Post).where(Post.id.in_(around), Post.deleted_at.is_(None)).values(deleted_at=at))
