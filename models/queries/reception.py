"""What has to be known to place incoming posts: two statements, however many posts come at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    literal,
    null,
    or_,
    select,
    union_all,
)

from models.actors import Actor, Follow, Tombstone
from models.base import aliased
from models.conditions import some
from models.engine import Columns, Query, ReadTx
from models.gate import Standing
from models.inbox import InboxActivity
from models.posts import Post
from models.queries.actors import WIDTH, ActorRow, actors
from models.queries.moderation import ban_of
from models.sharing import writes_nothing
from models.statements import lasting

_Local = aliased(Follow)
_Watcher = aliased(Follow)
_Role = aliased(Follow)


class Place(msgspec.Struct):
    """An actor that incoming posts name, with what binds people to it."""

    actor: ActorRow
    has_local_followers: bool
    has_watchers: bool
    """Some of them asked to be notified of new posts."""
    roles: dict[int, str]
    """Author id to their role in it, where they are accepted members."""
    banned: set[int]
    """Those of them who are banned from it."""
    readers: set[int]
    """Those of them whose firm's agreement lets them read there, not write, or does not share it."""

    def standing_of(self, author_id: int) -> Standing:
        """An author's place in it, for `may`."""
        return Standing(
            author_id,
            is_active=True,
            role=self.roles.get(author_id),
            is_banned=author_id in self.banned,
            reads_only=author_id in self.readers,
        )


def _places(condition: ColumnElement[bool]) -> Columns:
    here = and_(_Local.target_id == Actor.id, _Local.is_accepted, _Local.follower_peer_id.is_(None))
    watching = and_(
        _Watcher.target_id == Actor.id, _Watcher.is_accepted, _Watcher.follower_peer_id.is_(None), _Watcher.notifies
    )
    authors: BindParameter[list[int]] = bindparam("author_ids", expanding=True)
    membership = and_(_Role.target_id == Actor.id, _Role.follower_id.in_(authors), _Role.is_accepted)
    banned, by_terms = ban_of(_Role.follower_id, Actor.id), writes_nothing(_Role.follower_id, Actor.id)
    return (
        actors()
        .outerjoin(_Role, membership)
        .where(condition)
        .add_columns(some(_Local, here), some(_Watcher, watching), _Role.follower_id, _Role.role, banned, by_terms)
    )


_PLACES = lasting(lambda: _places(Actor.uri.in_(bindparam("uris", expanding=True))))
_COMMUNITIES = lasting(lambda: _places(Actor.id.in_(bindparam("ids", expanding=True))))


async def places(tx: ReadTx, uris: Sequence[str], author_ids: Sequence[int], at: datetime) -> dict[str, Place]:
    """The actors with these ids that are known here, and the authors' memberships of them at this time."""
    rows = (await tx.select(_PLACES(), {"uris": list(uris), "author_ids": list(author_ids), "at_time": at})).all()
    return {place.actor.uri: place for place in _merged(rows).values()}


async def communities(tx: ReadTx, ids: Sequence[int], author_ids: Sequence[int], at: datetime) -> dict[int, Place]:
    """As `places`, by id: communities that are known only through the thread that a reply belongs to."""
    if not ids:
        return {}
    values = {"ids": list(ids), "author_ids": list(author_ids), "at_time": at}
    return _merged((await tx.select(_COMMUNITIES(), values)).all())


def _merged(rows: Sequence[Any]) -> dict[int, Place]:
    """There is a row for each author who is a member."""
    found: dict[int, Place] = {}
    for row in rows:
        actor = ActorRow(*row[:WIDTH])
        has_local, has_watchers, member_id, role, is_banned, only_reads = row[WIDTH:]
        place = found.setdefault(actor.id, Place(actor, bool(has_local), bool(has_watchers), {}, set(), set()))
        if member_id is not None:
            place.roles[member_id] = role
            if is_banned:
                place.banned.add(member_id)
            if only_reads:
                place.readers.add(member_id)
    return found


AWAITED = ""
"""In place of who buried a post: something that came before it waits for it."""


class KnownPost(msgspec.Struct, frozen=True):
    """A post that is here, or what else is known of its id: then only `uri` and `buried_by` say something."""

    id: int
    uri: str
    author_id: int
    peer_id: int | None
    community_id: int | None
    thread_id: int | None
    parent_uri: str | None
    is_linked: bool
    audience: str
    is_confirmed: bool
    is_deleted: bool
    is_closed: bool
    label: int
    language: str | None
    wrapper_id: int | None
    buried_by: str | None


_Wrapper = aliased(Post)


def _known_posts() -> Query:
    uris: BindParameter[list[str]] = bindparam("uris", expanding=True)
    wrapper = (
        select(_Wrapper.id)
        .where(_Wrapper.shared_post_id == Post.id, _Wrapper.author_id == Post.community_id)
        .correlate(Post)
        .limit(1)
        .scalar_subquery()
    )
    posts = select(
        Post.id,
        Post.uri,
        Post.author_id,
        Post.peer_id,
        Post.community_id,
        Post.thread_id,
        Post.parent_uri,
        Post.parent_id.is_not(None),
        Post.audience,
        Post.is_confirmed,
        Post.deleted_at.is_not(None),
        Post.is_closed,
        Post.label,
        Post.language,
        wrapper,
        literal(None, String()).label("buried_by"),
    ).where(or_(Post.uri.in_(uris), and_(Post.parent_uri.in_(uris), Post.parent_id.is_(None))))
    buried = _of_no_post(Tombstone.uri, Tombstone.actor_uri).where(Tombstone.uri.in_(uris))
    # Uses ix_inbox_activities_early.
    early = select(InboxActivity.waits_for).where(InboxActivity.waits_for.in_(uris)).distinct().subquery()
    return union_all(posts, buried, _of_no_post(early.c.waits_for, literal(AWAITED)))


def _of_no_post(uri: SQLColumnExpression[Any], buried_by: SQLColumnExpression[Any]) -> Columns:
    """As rows of posts, of which only the id outside says something."""
    return select(
        literal(0),
        uri,
        literal(0),
        null(),
        null(),
        null(),
        literal(None, String()),
        literal(False),
        literal(""),
        literal(False),
        literal(True),
        literal(False),
        literal(0),
        literal(None, String()),
        null(),
        buried_by,
    )


_KNOWN_POSTS = lasting(_known_posts)


async def known_posts(tx: ReadTx, uris: Sequence[str]) -> list[KnownPost]:
    """Posts with these ids, replies that wait for one of them, tombstones, and whether anything else waits for it."""
    return [KnownPost(*row) for row in await tx.select(_KNOWN_POSTS(), {"uris": list(uris)})]


async def body_of(tx: ReadTx, activity_uri: str, actor_uri: str) -> bytes | None:
    """What an actor said under this id, as received; None: nothing, or it is not kept any more."""
    kept = select(InboxActivity.payload).where(
        InboxActivity.activity_uri == activity_uri, InboxActivity.actor_uri == actor_uri
    )
    body: bytes | None = await tx.scalar(kept)
    return body
