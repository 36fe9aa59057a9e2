"""Reading who has left, what they belonged to, and communities without a host."""

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, exists, func, select

from models.accounts import Account
from models.actors import Actor, Follow
from models.base import aliased
from models.communities import HOST_ROLE, MODERATOR_ROLE, Community
from models.conditions import some
from models.engine import ReadTx
from models.leaving import Departure, FormerFollow, RetiredName, Succession
from models.moderation import Withdrawal
from models.peers import ACTIVE, SUSPENDED, Peer
from models.posts import Post
from models.queries.actors import ActorRow, actor_rows, actors


class DepartureRow(msgspec.Struct, frozen=True):
    """Somebody who has left, in the order of the columns."""

    actor_id: int
    left_at: datetime
    stage: int
    due_at: datetime | None


class SuccessionRow(msgspec.Struct, frozen=True):
    """A community without a host, in the order of the columns."""

    community_id: int
    since: datetime
    asked_id: int | None
    declined: list[int]


_DEPARTURE = (Departure.actor_id, Departure.left_at, Departure.stage, Departure.due_at)
_SUCCESSION = (Succession.community_id, Succession.since, Succession.asked_id, Succession.declined)


def name_digest(name: str) -> str:
    """How a retired name is kept."""
    return hashlib.sha256(name.encode()).hexdigest()


async def is_retired(tx: ReadTx, name: str) -> bool:
    """The folded name was somebody's who is forgotten."""
    statement = select(RetiredName.digest).where(RetiredName.digest == name_digest(name))
    return await tx.scalar(statement) is not None


async def departure(tx: ReadTx, actor_id: int) -> DepartureRow | None:
    """Since when somebody is gone; None: they are not."""
    row = (await tx.select(select(*_DEPARTURE).where(Departure.actor_id == actor_id))).first()
    return DepartureRow(*row) if row else None


async def due(tx: ReadTx, now: datetime, most: int) -> list[DepartureRow]:
    """Whose next stage has come. Uses ix_departures_due_at."""
    statement = select(*_DEPARTURE).where(Departure.due_at <= now).order_by(Departure.due_at).limit(most)
    return [DepartureRow(*row) for row in await tx.select(statement)]


async def ties_elsewhere(tx: ReadTx, actor_id: int) -> list[tuple[str, ActorRow]]:
    """Whom somebody follows at partners, and where they are a member there, with the id of the Follow."""
    statement = (
        actors()
        .add_columns(Follow.activity_uri)
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == actor_id, Actor.peer_id.is_not(None))
        .order_by(Follow.id)
    )
    rows = (await tx.select(statement)).all()
    return list(zip([row[-1] for row in rows], actor_rows([row[:-1] for row in rows]), strict=True))


async def former_ties_elsewhere(tx: ReadTx, actor_id: int) -> list[ActorRow]:
    """The same of somebody who has left, of partners (where the exchange rests, it waits until it goes on) and actors
    that are there still; not where administrators withdrew them.
    """
    statement = (
        actors()
        .join(FormerFollow, FormerFollow.target_id == Actor.id)
        .join(Peer, Peer.id == Actor.peer_id)
        .where(
            FormerFollow.follower_id == actor_id,
            Actor.deleted_at.is_(None),
            Peer.state.in_((ACTIVE, SUSPENDED)),
            ~some(Withdrawal, Withdrawal.community_id == Actor.id, Withdrawal.actor_id == actor_id),
        )
        .order_by(FormerFollow.id)
    )
    return actor_rows((await tx.select(statement)).all())


async def led_alone_by(tx: ReadTx, actor_id: int) -> list[int]:
    """Communities of ours whose only host somebody is."""
    mine, other = aliased(Follow), aliased(Follow)
    statement = (
        select(Community.actor_id)
        .join(mine, mine.target_id == Community.actor_id)
        .where(
            Community.is_local,
            mine.follower_id == actor_id,
            mine.role == HOST_ROLE,
            mine.is_accepted,
            ~some(
                other,
                other.target_id == Community.actor_id,
                other.role == HOST_ROLE,
                other.is_accepted,
                other.follower_id != actor_id,
            ),
        )
        .order_by(Community.actor_id)
    )
    return [row[0] for row in await tx.select(statement)]


async def led_by(tx: ReadTx, actor_id: int) -> list[ActorRow]:
    """Communities of ours that somebody hosts or moderates."""
    roles = (HOST_ROLE, MODERATOR_ROLE)
    statement = (
        actors()
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == actor_id, Follow.is_accepted, Follow.role.in_(roles), Community.is_local)
    )
    return actor_rows((await tx.select(statement.order_by(Actor.id))).all())


async def next_in_line(tx: ReadTx, community_id: int, declined: list[int]) -> int | None:
    """The longest-serving moderator of this firm who was not asked yet; None: there is none."""
    has_account = exists().where(Account.actor_id == Follow.follower_id, Account.suspended_at.is_(None))
    statement = (
        select(Follow.follower_id)
        .where(
            Follow.target_id == community_id,
            Follow.role == MODERATOR_ROLE,
            Follow.is_accepted,
            Follow.follower_id.not_in(declined),
            has_account,
        )
        .order_by(Follow.accepted_at, Follow.id)
        .limit(1)
    )
    found: int | None = await tx.scalar(statement)
    return found


async def succession(tx: ReadTx, community_id: int) -> SuccessionRow | None:
    """What is known of a community that has no host; None: it has one."""
    row = (await tx.select(select(*_SUCCESSION).where(Succession.community_id == community_id))).first()
    return SuccessionRow(*row) if row else None


def _asked_leads_it() -> ColumnElement[bool]:
    """The condition over a row of `successions`: whoever is asked moderates the community still."""
    role = aliased(Follow)
    return some(
        role,
        role.target_id == Succession.community_id,
        role.follower_id == Succession.asked_id,
        role.is_accepted,
        role.role == MODERATOR_ROLE,
    )


async def asked_in_vain(tx: ReadTx) -> list[SuccessionRow]:
    """Communities without a host whose moderator was asked and is none any more."""
    in_vain = (Succession.asked_id.is_not(None), ~_asked_leads_it())
    return [SuccessionRow(*row) for row in await tx.select(select(*_SUCCESSION).where(*in_vain))]


async def asked_of(tx: ReadTx, actor_id: int) -> list[ActorRow]:
    """Communities that somebody is asked to host, and moderates still."""
    statement = (
        actors()
        .join(Succession, Succession.community_id == Actor.id)
        .where(Succession.asked_id == actor_id, _asked_leads_it())
    )
    return actor_rows((await tx.select(statement.order_by(Actor.id))).all())


async def successions(tx: ReadTx, *, asked_before: datetime | None = None) -> list[SuccessionRow]:
    """Communities without a host; with `asked_before` those that began before and where somebody is asked still."""
    statement = select(*_SUCCESSION).order_by(Succession.since)
    if asked_before is not None:
        statement = statement.where(Succession.since <= asked_before, Succession.asked_id.is_not(None))
    return [SuccessionRow(*row) for row in await tx.select(statement)]


async def reached_by(tx: ReadTx, actor_id: int) -> tuple[int, ...]:
    """One actor of each partner that may have something somebody wrote: people who follow them, or who are members of
    communities they wrote in, and the servers of partners' communities they wrote in.
    """
    written_in = select(Post.community_id).where(Post.author_id == actor_id, Post.community_id.is_not(None))
    followers = select(Follow.follower_id).where(
        (Follow.target_id == actor_id) | Follow.target_id.in_(written_in), Follow.is_accepted
    )
    statement = (
        select(func.min(Actor.id))
        .join(Peer, Peer.id == Actor.peer_id)
        .where(Actor.deleted_at.is_(None), Peer.state.in_((ACTIVE, SUSPENDED)))
        .where(Actor.id.in_(followers) | Actor.id.in_(written_in))
        .group_by(Actor.peer_id)
    )
    return tuple(row[0] for row in await tx.select(statement))
