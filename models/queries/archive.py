"""Everything of one person, for an archive of their own data and for the preview of an erasure (product J12)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select

from models.accounts import Account, Session
from models.actors import Actor, Follow
from models.engine import ReadTx
from models.gate import Person, visible_to
from models.interactions import Bookmark, Like
from models.media import READY, Upload
from models.moderation import Appeal, LoggedAct
from models.notifications import Notification
from models.oauth import Token
from models.peers import ACTIVE, SUSPENDED, Peer
from models.posts import Post

_PAGE = 500


class OwnPost(msgspec.Struct, frozen=True):
    """One post as its author wrote it, in the order of the columns."""

    id: int
    uri: str
    url: str
    audience: str
    title: str | None
    spoiler: str
    source: str
    content_html: str
    tags: list[str]
    details: dict[str, Any]
    parent_uri: str | None
    published_at: datetime
    edited_at: datetime | None
    community: str | None


class Membership(msgspec.Struct, frozen=True):
    """One community, or somebody that is followed, in the order of the columns."""

    name: str
    host: str
    kind: str
    role: str
    since: datetime | None


class Mark(msgspec.Struct, frozen=True):
    """A reaction or a bookmark, in the order of the columns."""

    post: str
    at: datetime


class Told(msgspec.Struct, frozen=True):
    """A notification, without who caused it, in the order of the columns."""

    kind: str
    at: datetime


class OwnFile(msgspec.Struct, frozen=True):
    """A file of somebody's in the store, in the order of the columns."""

    id: int
    name: str
    """What it is called in the store."""
    post_id: int | None
    purpose: str
    details: dict[str, Any]
    at: datetime


class Moderated(msgspec.Struct, frozen=True):
    """An act of those who lead a community, in the order of the columns."""

    community: str
    act: str
    at: datetime
    by: str
    reason: str
    until: datetime | None


class Appealed(msgspec.Struct, frozen=True):
    """An appeal in the person's own words, and what was answered to it, in the order of the columns."""

    community: str
    against: str
    """What was done: an act of the moderation log."""
    text: str
    at: datetime
    outcome: str | None
    answer: str
    decided: datetime | None


class Counted(msgspec.Struct, frozen=True):
    """How much there is of somebody."""

    posts: int
    reactions: int
    bookmarks: int
    memberships: int
    notifications: int
    sessions_and_apps: int


async def own_posts(tx: ReadTx, viewer: Person) -> AsyncIterator[OwnPost]:
    """All that somebody wrote and may see themselves, oldest first, read a page at a time."""
    last, place = 0, Actor.__table__.alias("place")
    while True:
        statement = (
            select(
                Post.id,
                Post.uri,
                Post.url,
                Post.audience,
                Post.title,
                Post.spoiler,
                Post.source,
                Post.content_html,
                Post.tags,
                Post.details,
                Post.parent_uri,
                Post.published_at,
                Post.edited_at,
                place.c.username,
            )
            .outerjoin(place, place.c.id == Post.community_id)
            .where(Post.author_id == viewer.actor_id, Post.id > last, visible_to(viewer))
            .order_by(Post.id)
            .limit(_PAGE)
        )
        page = [OwnPost(*row) for row in await tx.select(statement)]
        for row in page:
            yield row
        if len(page) < _PAGE:
            return
        last = page[-1].id


async def own_files(tx: ReadTx, actor_id: int) -> list[OwnFile]:
    """What somebody uploaded and is there to be shown, the oldest first."""
    statement = (
        select(Upload.id, Upload.name, Upload.post_id, Upload.purpose, Upload.details, Upload.created_at)
        .where(Upload.owner_id == actor_id, Upload.state == READY, Upload.expires_at.is_(None))
        .order_by(Upload.id)
    )
    return [OwnFile(*row) for row in await tx.select(statement)]


async def memberships(tx: ReadTx, actor_id: int) -> list[Membership]:
    """Where somebody belongs, and whom they follow."""
    statement = (
        select(Actor.username, Actor.host, Actor.type, Follow.role, Follow.accepted_at)
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == actor_id)
        .order_by(Follow.id)
    )
    return [Membership(*row) for row in await tx.select(statement)]


async def reactions(tx: ReadTx, viewer: Person) -> list[Mark]:
    """What somebody liked, of what they may still see."""
    statement = select(Post.uri, Like.created_at).join(Post, Post.id == Like.post_id)
    statement = statement.where(Like.actor_id == viewer.actor_id, visible_to(viewer)).order_by(Like.id)
    return [Mark(*row) for row in await tx.select(statement)]


async def bookmarks(tx: ReadTx, viewer: Person) -> list[Mark]:
    """What somebody kept, of what they may still see."""
    statement = select(Post.uri, Bookmark.created_at).join(Post, Post.id == Bookmark.post_id)
    statement = statement.where(Bookmark.actor_id == viewer.actor_id, visible_to(viewer)).order_by(Bookmark.id)
    return [Mark(*row) for row in await tx.select(statement)]


async def notifications(tx: ReadTx, actor_id: int) -> list[Told]:
    """What somebody was told: of what kind, and when."""
    statement = select(Notification.type, Notification.created_at).where(Notification.recipient_id == actor_id)
    return [Told(*row) for row in await tx.select(statement.order_by(Notification.id))]


async def moderated(tx: ReadTx, actor_id: int) -> list[Moderated]:
    """What the moderation logs of communities here say of somebody."""
    statement = (
        select(Actor.username, LoggedAct.act, LoggedAct.at, LoggedAct.role, LoggedAct.reason, LoggedAct.ends_at)
        .join(Actor, Actor.id == LoggedAct.community_id)
        .where(LoggedAct.person_id == actor_id)
        .order_by(LoggedAct.id)
    )
    return [Moderated(*row) for row in await tx.select(statement)]


async def appeals(tx: ReadTx, actor_id: int) -> list[Appealed]:
    """What somebody appealed against, and what became of it; not who decided."""
    statement = (
        select(
            Actor.username,
            LoggedAct.act,
            Appeal.text,
            Appeal.at,
            Appeal.outcome,
            Appeal.answer,
            Appeal.decided_at,
        )
        .join(LoggedAct, LoggedAct.id == Appeal.act_id)
        .join(Actor, Actor.id == LoggedAct.community_id)
        .where(Appeal.person_id == actor_id)
        .order_by(Appeal.id)
    )
    return [Appealed(*row) for row in await tx.select(statement)]


async def email_of(tx: ReadTx, actor_id: int) -> str | None:
    """The address of somebody's account."""
    found: str | None = await tx.scalar(select(Account.email).where(Account.actor_id == actor_id))
    return found


async def counted(tx: ReadTx, actor_id: int) -> Counted:
    """How much there is of somebody."""

    async def number(table: Any, *which: Any) -> int:
        return int(await tx.scalar(select(func.count()).select_from(table).where(*which)) or 0)

    return Counted(
        posts=await number(Post, Post.author_id == actor_id, Post.deleted_at.is_(None)),
        reactions=await number(Like, Like.actor_id == actor_id),
        bookmarks=await number(Bookmark, Bookmark.actor_id == actor_id),
        memberships=await number(Follow, Follow.follower_id == actor_id),
        notifications=await number(Notification, Notification.recipient_id == actor_id),
        sessions_and_apps=await number(Session, Session.actor_id == actor_id)
        + await number(Token, Token.actor_id == actor_id, Token.revoked_at.is_(None)),
    )


async def next_posts(tx: ReadTx, author_id: int, most: int) -> list[int]:
    """Ids of posts of somebody that are not deleted yet; nothing of what they say."""
    statement = select(Post.id).where(
        Post.author_id == author_id, Post.deleted_at.is_(None), Post.shared_post_id.is_(None)
    )
    return [row[0] for row in await tx.select(statement.order_by(Post.id).limit(most))]


async def hosts_of(tx: ReadTx, actor_ids: tuple[int, ...]) -> list[str]:
    """Hosts of the partners of these actors."""
    statement = (
        select(Peer.host)
        .join(Actor, Actor.peer_id == Peer.id)
        .where(Actor.id.in_(actor_ids), Peer.state.in_((ACTIVE, SUSPENDED)))
        .distinct()
    )
    return sorted(row[0] for row in await tx.select(statement))
