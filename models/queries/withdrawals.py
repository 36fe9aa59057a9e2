"""Whom, and what of theirs, our administrators withdraw from partners' communities (product J9, section 9)."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, select

from models.actors import Actor
from models.base import aliased
from models.engine import Columns, ReadTx
from models.moderation import Withdrawal
from models.posts import Post
from models.statements import lasting

MOST = 500

_Community = aliased(Actor, name="withdrawn_from")
_by, _at_peer, _in = (bindparam(name, type_=Post.id.type) for name in ("by", "at_peer", "within"))


class WithdrawnRow(msgspec.Struct, frozen=True):
    """Who, from where and since when, in the order of the columns."""

    username: str
    display_name: str
    community: str
    """Its name, without its host."""
    at: datetime


def _withdrawn_at_peer() -> Columns:
    return (
        select(Actor.username, Actor.display_name, _Community.username, Withdrawal.at)
        .select_from(Withdrawal)
        .join(Actor, Actor.id == Withdrawal.actor_id)
        .join(_Community, _Community.id == Withdrawal.community_id)
        .where(_Community.peer_id == _at_peer)
        .order_by(Withdrawal.at.desc(), Actor.username)
        .limit(MOST)
    )


WITHDRAWN_AT_PEER = lasting(_withdrawn_at_peer)
IS_WITHDRAWN = lasting(
    lambda: select(Withdrawal.actor_id).where(Withdrawal.community_id == _in, Withdrawal.actor_id == _by)
)


async def is_withdrawn(tx: ReadTx, actor_id: int, community_id: int) -> bool:
    """An administrator withdrew this person of ours from this community of a partner's."""
    return (await tx.select(IS_WITHDRAWN(), {"by": actor_id, "within": community_id})).first() is not None


async def at_peer(tx: ReadTx, peer_id: int) -> list[WithdrawnRow]:
    """From communities of one partner, the newest first; 500 at most. For administrators."""
    return [WithdrawnRow(*row) for row in await tx.select(WITHDRAWN_AT_PEER(), {"at_peer": peer_id})]


class WrittenRow(msgspec.Struct, frozen=True):
    """How much somebody wrote in a community of a partner's, in the order of the columns."""

    community_id: int
    community: str
    """Its name, without its host."""
    posts: int


def _written() -> ColumnElement[bool]:
    return (Post.author_id == _by) & Post.deleted_at.is_(None) & Post.shared_post_id.is_(None)


def _written_at_peer() -> Columns:
    return (
        select(_Community.id, _Community.username, func.count())
        .select_from(Post)
        .join(_Community, _Community.id == Post.community_id)
        .where(_written(), _Community.peer_id == _at_peer)
        .group_by(_Community.id, _Community.username)
        .order_by(_Community.username)
    )


WRITTEN_AT_PEER = lasting(_written_at_peer)
NEXT_POSTS = lasting(
    lambda: (
        select(Post.id)
        .where(_written(), Post.community_id == _in)
        .order_by(Post.id)
        .limit(bindparam("most", type_=Post.id.type))
    )
)


async def written_at(tx: ReadTx, author_id: int, peer_id: int) -> list[WrittenRow]:
    """In which communities of a partner somebody has how many posts that are not deleted; nothing of what they say."""
    return [WrittenRow(*row) for row in await tx.select(WRITTEN_AT_PEER(), {"by": author_id, "at_peer": peer_id})]


async def next_posts(tx: ReadTx, author_id: int, community_id: int, most: int) -> list[int]:
    """Ids of posts of somebody in one community that are not deleted, the oldest first; nothing of what they say."""
    values = {"by": author_id, "within": community_id, "most": most}
    return [row[0] for row in await tx.select(NEXT_POSTS(), values)]
