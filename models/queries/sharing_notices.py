"""Which communities of ours are shared with which partner, and what their hosts are told of that."""

from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select

from models.actors import Actor, Follow
from models.communities import HOST_ROLE, OPEN, Community
from models.engine import ReadTx
from models.peers import ACTIVE, SUSPENDED, Peer
from models.sharing import opened_to_peer, withholds_history

Pairs = frozenset[tuple[int, int]]
"""Each a community of ours and a partner."""


class Shared(msgspec.Struct, frozen=True):
    """A community of ours that a partner's people may come into, in the order of the columns."""

    community_id: int
    peer_id: int
    name: str
    visibility: str
    label: int
    host: str
    """Of the partner."""
    opens_what_was: bool
    """What was written before its people came may be read there, too."""


_SHARED: tuple[ColumnElement[bool], ...] = (
    # When a rest is over nobody is told, so also what is agreed meanwhile is told at once.
    Peer.state.in_((ACTIVE, SUSPENDED)),
    opened_to_peer(Community, Peer.id),
)


async def shared(tx: ReadTx, peer_ids: Collection[int]) -> Pairs:
    """What is shared with these partners: whose people may know of it, or be invited."""
    pairs = select(Community.actor_id, Peer.id).select_from(Community).join(Peer, Peer.id.in_(peer_ids))
    return frozenset((row[0], row[1]) for row in await tx.select(pairs.where(*_SHARED)))


async def told_of(tx: ReadTx, pairs: Pairs) -> list[Shared]:
    """Of these what is still shared, by community and partner."""
    opens_what_was = and_(or_(Community.visibility == OPEN, Community.opens_history), ~withholds_history(Peer.id))
    facts = (Actor.username, Community.visibility, Community.label, Peer.host, opens_what_was)
    communities, partners = {community_id for community_id, _ in pairs}, {peer_id for _, peer_id in pairs}
    query = (
        select(Community.actor_id, Peer.id, *facts)
        .select_from(Community)
        .join(Actor, Actor.id == Community.actor_id)
        .join(Peer, Peer.id.in_(partners))
        .where(Community.actor_id.in_(communities), Actor.deleted_at.is_(None), *_SHARED)
        .order_by(Community.actor_id, Peer.host)
    )
    found = [Shared(*row) for row in await tx.select(query)]
    return [one for one in found if (one.community_id, one.peer_id) in pairs]


async def hosts(tx: ReadTx, community_ids: Collection[int]) -> list[tuple[int, int]]:
    """Communities of ours, each with one of its hosts who is ours."""
    leading = (Follow.is_accepted, Follow.role == HOST_ROLE, Follow.follower_peer_id.is_(None))
    query = select(Follow.target_id, Follow.follower_id).where(Follow.target_id.in_(community_ids), *leading)
    return [(row[0], row[1]) for row in await tx.select(query.order_by(Follow.id))]
