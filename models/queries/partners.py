"""What everybody here may know of the other firms: since when, what passes, what they may do (product section 5)."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import func, select

from models.actors import GROUP, Actor
from models.agreements import IN_FORCE, Agreement
from models.base import aliased
from models.communities import Community
from models.engine import Columns, ReadTx
from models.gate import Person
from models.peers import ACTIVE, SUSPENDED, Peer
from models.queries import actors
from models.queries.actors import ActorRow
from models.sharing import known_to_peer
from models.statements import lasting_forms

MOST_COMMUNITIES: Final = 2000
"""Pairs of a community and a firm that are looked through, the newest communities first."""


class PartnerRow(msgspec.Struct, frozen=True):
    """A firm that is exchanged with, or was until a suspension; in the order of the columns."""

    id: int
    host: str
    kind: str
    state: str
    since: datetime
    """Since the first terms were signed, or since an administrator allowed it."""
    suspended_at: datetime | None
    rights: str | None
    """Of the terms in force; null: there are none, and who takes part writes too."""
    ceiling: int | None
    """The highest label that passes; null: the lowest."""
    retention_months: int | None
    review_at: datetime | None


@lasting_forms
def _everyone() -> Columns:
    earlier = aliased(Agreement, name="earlier")
    first_signed = select(func.min(earlier.signed_at)).where(earlier.peer_id == Peer.id).scalar_subquery()
    return (
        select(
            Peer.id,
            Peer.host,
            Peer.kind,
            Peer.state,
            func.coalesce(first_signed, Peer.created_at, type_=Peer.created_at.type),
            Peer.suspended_at,
            Agreement.rights,
            Agreement.ceiling,
            Agreement.retention_months,
            Agreement.review_at,
        )
        .select_from(Peer)
        .outerjoin(Agreement, (Agreement.peer_id == Peer.id) & (Agreement.state == IN_FORCE))
        .where(Peer.state.in_((ACTIVE, SUSPENDED)))
        .order_by(Peer.host)
    )


async def everyone(tx: ReadTx) -> list[PartnerRow]:
    """By host. There are as many as administrators made."""
    return [PartnerRow(*row) for row in await tx.select(_everyone())]


@lasting_forms
def _ours() -> Columns:
    return (
        select(Peer.id, Community.actor_id)
        .select_from(Peer)
        .join(Community, known_to_peer(Community, Peer.id))
        .where(Peer.state.in_((ACTIVE, SUSPENDED)))
        .order_by(Community.actor_id.desc())
        .limit(MOST_COMMUNITIES)
    )


@lasting_forms
def _theirs() -> Columns:
    return (
        select(Actor.peer_id, Actor.id)
        .where(Actor.type == GROUP, Actor.peer_id.is_not(None), Actor.deleted_at.is_(None))
        .order_by(Actor.id.desc())
        .limit(MOST_COMMUNITIES)
    )


class Shared(msgspec.Struct, frozen=True):
    """Communities of one exchange that the viewer may know of, by name."""

    ours: list[ActorRow]
    theirs: list[ActorRow]
    """As far as somebody here has looked them up."""


async def shared(tx: ReadTx, viewer: Person) -> dict[int, Shared]:
    """Of each peer. A private community is named to nobody who is not in it."""
    ours = [(peer_id, actor_id) for peer_id, actor_id in await tx.select(_ours())]
    theirs = [(peer_id, actor_id) for peer_id, actor_id in await tx.select(_theirs())]
    known = await actors.known_of_ids(tx, sorted({actor_id for _, actor_id in (*ours, *theirs)}), viewer)
    found: dict[int, Shared] = {}
    for pairs, side in ((ours, "ours"), (theirs, "theirs")):
        for peer_id, actor_id in pairs:
            if actor_id in known:
                getattr(found.setdefault(peer_id, Shared([], [])), side).append(known[actor_id])
    return found
