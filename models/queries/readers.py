"""Who outside of the firm reads what is written in a community: what a composer says before somebody writes."""

from datetime import datetime

import msgspec
from sqlalchemy import case, literal, select

from models.actors import Actor
from models.agreements import IN_FORCE, Agreement
from models.communities import Community
from models.conditions import some
from models.engine import ReadTx
from models.peers import ACTIVE, SUSPENDED, Peer
from models.sharing import has_member, shared_with_peer

MOST = 50
"""Firms that a sentence can name."""


class Readers(msgspec.Struct, frozen=True):
    """Other firms by their hosts, in alphabetical order."""

    firms: list[str]
    """By agreement: their people who are members read it, and nobody else there."""
    lets_read: list[str]
    """Basic partners: who reads it there is up to them (product section 3)."""
    resting: list[tuple[str, datetime | None]]
    """Firms whose people would read it, or whose it is, while the link with them is suspended; since when (J10)."""


async def of_community(tx: ReadTx, community_id: int, label: int) -> Readers:
    """Who reads something with this label that is written in a community now; of another firm's, as far as is known
    here: that firm passes it on by its own agreements.
    """
    has_terms = some(Agreement, Agreement.peer_id == Peer.id, Agreement.state == IN_FORCE)
    is_home = some(Actor, Actor.id == community_id, Actor.peer_id == Peer.id)
    ours = case((has_terms, has_member(Community, Peer.id)), else_=literal(True))
    goes_there = case((Community.is_local, ours), else_=is_home)
    statement = (
        select(Peer.host, has_terms, Peer.state == SUSPENDED, Peer.suspended_at)
        .select_from(Peer)
        .join(Community, Community.actor_id == community_id)
        .where(Peer.state.in_((ACTIVE, SUSPENDED)), shared_with_peer(Community, Peer.id, literal(label)), goes_there)
        .order_by(Peer.host)
        .limit(MOST)
    )
    found = [(str(host), bool(terms), bool(rests), since) for host, terms, rests, since in await tx.select(statement)]
    return Readers(
        firms=[host for host, by_terms, rests, _ in found if by_terms and not rests],
        lets_read=[host for host, by_terms, rests, _ in found if not by_terms and not rests],
        resting=[(host, since) for host, _, rests, since in found if rests],
    )
