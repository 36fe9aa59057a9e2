"""What has to be known before a thread, or a part of one, goes to another place: what goes along, and whether anybody
would read it there who may not read it now (product J8).

Nothing here decides who may see: each question is put to the conditions of the gate and of sharing, of every reader of
the new community and every post at once.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, literal, or_, select

from models import branches
from models.actors import Follow
from models.communities import OPEN, Community
from models.conditions import another, came_at, some
from models.engine import ReadTx
from models.gate import visible_to_each
from models.moderation import REPORT_OPEN, Removal, Report
from models.peers import ACTIVE, SUSPENDED, Peer
from models.posts import Post
from models.sharing import shared_with_peer, was_open


async def branch(tx: ReadTx, post_id: int) -> list[int]:
    """A post and all that is below it, what is gone as well; of an opening post the whole thread. The oldest first."""
    ids = branches.branch(post_id).union(select(Post.id).where(Post.thread_id == post_id))
    statement = select(Post.id).where(Post.id.in_(ids), Post.shared_post_id.is_(None)).order_by(Post.id)
    return [row[0] for row in await tx.select(statement)]


class Obstacles(msgspec.Struct, frozen=True):
    """What stands against the move of posts from one community to another."""

    new_readers: bool
    """A member of the new community may not read all of it now; or, where that one is open, somebody of the firm."""
    new_firms: bool
    """A partner to whom it would be shared has no part in it now."""
    loses_authors: bool
    """Somebody wrote in it, is a member, and could not read on."""
    has_removed: bool
    """Something in it was taken out, and can come back."""
    is_reported: bool
    """Those who lead the community have to look at something in it."""
    is_communitys: bool
    """The community itself wrote something in it."""


async def obstacles(tx: ReadTx, post_ids: Sequence[int], source_id: int, target_id: int) -> Obstacles:
    """One statement, whatever the number of posts and members."""
    there = (Post.id.in_(post_ids), Post.deleted_at.is_(None))
    found = select(
        *(
            some(Post, *there, condition)
            for condition in (
                or_(_reaches_newcomers(source_id, target_id), _reaches_the_firm(source_id, target_id)),
                _reaches_new_firms(source_id, target_id),
                _loses_its_author(source_id, target_id),
            )
        ),
        some(Removal, Removal.post_id.in_(post_ids)),
        some(Report, Report.post_id.in_(post_ids), Report.community_id == source_id, Report.state == REPORT_OPEN),
        some(Post, *there, Post.author_id == source_id),
    )
    return Obstacles(*(bool(one) for one in (await tx.select(found)).one()))


def _member(entity: type[Follow], community_id: int) -> ColumnElement[bool]:
    return and_(entity.target_id == literal(community_id, BigInteger()), entity.is_accepted)


def _reaches_newcomers(source_id: int, target_id: int) -> ColumnElement[bool]:
    """A partner's member has to be one here as well: of them it is not enough that they could join."""
    reader, here = another(Follow, "relocating_reader"), another(Follow, "relocating_here")
    belongs = or_(
        reader.follower_peer_id.is_(None),
        some(here, here.follower_id == reader.follower_id, _member(here, source_id)),
    )
    reads = and_(visible_to_each(reader.follower_id), belongs)
    return some(reader, _member(reader, target_id), ~reads)


def _reaches_the_firm(source_id: int, target_id: int) -> ColumnElement[bool]:
    source, target = another(Community, "relocating_source"), another(Community, "relocating_target")
    return and_(
        some(target, target.actor_id == target_id, target.visibility == OPEN),
        ~some(source, source.actor_id == source_id, was_open(source, came_at)),
    )


def _reaches_new_firms(source_id: int, target_id: int) -> ColumnElement[bool]:
    source, target = another(Community, "relocating_source"), another(Community, "relocating_target")
    return some(
        Peer,
        Peer.state.in_((ACTIVE, SUSPENDED)),
        some(target, target.actor_id == target_id, shared_with_peer(target, Peer.id, Post.label)),
        ~some(source, source.actor_id == source_id, shared_with_peer(source, Peer.id, Post.label)),
    )


def _loses_its_author(source_id: int, target_id: int) -> ColumnElement[bool]:
    """At their own server, too: what its people wrote stays with it, and is to be where they are."""
    here, there = another(Follow, "relocating_here"), another(Follow, "relocating_there")
    target = another(Community, "relocating_target")
    reads_on = or_(
        some(there, there.follower_id == Post.author_id, _member(there, target_id)),
        and_(Post.peer_id.is_(None), some(target, target.actor_id == target_id, target.visibility == OPEN)),
    )
    return and_(some(here, here.follower_id == Post.author_id, _member(here, source_id)), ~reads_on)
