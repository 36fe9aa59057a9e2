"""Reading the sealed keys of our own actors."""

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, or_, select

from models.actors import ED25519, PERSON, Actor, ActorKey, ActorKeySuccession, Follow
from models.communities import OPEN, Community
from models.conditions import some
from models.engine import ReadTx
from models.outbox import Delivery
from models.peers import ACTIVE, SUSPENDED, Peer
from models.queries.actors import ActorRow
from models.statements import lasting


class OwnKeyRow(msgspec.Struct, frozen=True):
    """One key with its private half, sealed."""

    actor_id: int
    key_uri: str
    kind: str
    private_sealed: bytes
    previous_sealed: bytes | None
    announced_by: int | None
    made_at: datetime


_KEYS = lasting(
    lambda: (
        select(
            ActorKey.actor_id,
            ActorKey.key_uri,
            ActorKey.kind,
            ActorKey.private_sealed,
            ActorKey.previous_sealed,
            ActorKey.announced_by,
            ActorKey.fetched_at,
        )
        .join(Actor, Actor.id == ActorKey.actor_id)
        .where(ActorKey.private_sealed.is_not(None), Actor.deleted_at.is_(None))
    )
)


async def for_proofs(tx: ReadTx) -> list[OwnKeyRow]:
    """The Ed25519 keys of all our actors."""
    return [
        OwnKeyRow(*row) for row in await tx.select(_KEYS().where(ActorKey.kind == ED25519, Actor.peer_id.is_(None)))
    ]


async def of_actor(tx: ReadTx, actor_id: int, kind: str) -> OwnKeyRow | None:
    """One of an actor's keys; None: it has none of this kind, or is not ours."""
    row = (await tx.select(_KEYS().where(ActorKey.actor_id == actor_id, ActorKey.kind == kind))).first()
    return OwnKeyRow(*row) if row else None


IS_OWED = lasting(
    # By ix_deliveries_activity_id: a join would look at all that the server is owed.
    lambda: (
        select(Delivery.id)
        .where(
            Delivery.activity_id == bindparam("news"),
            some(Peer, Peer.id == Delivery.peer_id, Peer.host == bindparam("of_host")),
        )
        .limit(1)
    )
)


async def is_owed(tx: ReadTx, activity_id: int, host: str) -> bool:
    """The news of an actor's keys has not arrived at this server yet."""
    return (await tx.select(IS_OWED(), {"news": activity_id, "of_host": host})).first() is not None


_SUCCESSIONS = lasting(
    lambda: (
        select(ActorKeySuccession.document)
        .where(ActorKeySuccession.actor_id == bindparam("of_actor"))
        .order_by(ActorKeySuccession.id.desc())
        .limit(bindparam("most"))
    )
)


async def succession_texts(tx: ReadTx, actor_id: int, *, most: int) -> list[bytes]:
    """The newest texts by which one key of one of our people or communities followed another, in their order."""
    rows = (await tx.select(_SUCCESSIONS(), {"of_actor": actor_id, "most": most})).all()
    return [row[0] for row in reversed(rows)]


async def older_than(tx: ReadTx, at: datetime) -> list[int]:
    """Our actors whose keys were made before this."""
    statement = (
        select(ActorKey.actor_id)
        .join(Actor, Actor.id == ActorKey.actor_id)
        .where(Actor.peer_id.is_(None), Actor.deleted_at.is_(None), ActorKey.private_sealed.is_not(None))
        .group_by(ActorKey.actor_id)
        .having(func.max(ActorKey.fetched_at) < at)
    )
    return [row[0] for row in await tx.select(statement)]


async def concerned(tx: ReadTx, actor: ActorRow) -> tuple[int, ...]:
    """One actor of each partner that may know the keys of this actor of ours, and has to hear of new ones.

    Of the server's own every partner. Of a community those where it has members or that may know of it, which
    `recipients.py` decides. Of a person those where somebody follows them, whom they follow, or who are members of a
    community shared openly that they are in: nobody else is told that they exist.
    """
    theirs = select(func.min(Actor.id)).join(Peer, Peer.id == Actor.peer_id)
    theirs = theirs.where(Actor.deleted_at.is_(None), Peer.state.in_((ACTIVE, SUSPENDED))).group_by(Actor.peer_id)
    if actor.type == PERSON:
        mine = select(Follow.target_id).where(Follow.follower_id == actor.id, Follow.is_accepted)
        shared = select(Community.actor_id).where(
            Community.actor_id.in_(mine), Community.is_local, Community.visibility == OPEN, Community.scope != "none"
        )
        followers = select(Follow.follower_id).where(
            or_(Follow.target_id == actor.id, Follow.target_id.in_(shared)), Follow.is_accepted
        )
        theirs = theirs.where(or_(Actor.id.in_(mine), Actor.id.in_(followers)))
    return tuple(row[0] for row in await tx.select(theirs))
