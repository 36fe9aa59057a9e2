"""Whom to follow, and what to join: the directory of this firm, and suggestions."""

from datetime import datetime

from sqlalchemy import case, func, literal, select

from models.accounts import Account
from models.actors import GROUP, PERSON, Actor, Follow
from models.base import UtcDateTime, aliased
from models.communities import OPEN, Community
from models.conditions import said_openly, some
from models.engine import ReadTx
from models.gate import Person
from models.posts import Post
from models.queries.actors import ActorRow, actor_rows, actors, known_to
from models.queries.tastes import wanted_by


async def directory(tx: ReadTx, viewer: Person, *, by_newest: bool, limit: int, offset: int) -> list[ActorRow]:
    """This firm's communities that the viewer may know of, then its people with an open account."""
    last_post = select(func.max(Post.id)).where(Post.author_id == Actor.id, said_openly()).scalar_subquery()
    order = Actor.id.desc() if by_newest else func.coalesce(last_post, 0).desc()
    has_account = some(Account, Account.actor_id == Actor.id, Account.suspended_at.is_(None))
    statement = (
        actors()
        .where(
            Actor.peer_id.is_(None),
            known_to(viewer),
            (Actor.type == GROUP) | ((Actor.type == PERSON) & has_account),
        )
        .order_by(case((Actor.type == GROUP, 0), else_=1), order, Actor.id)
        .limit(limit)
        .offset(offset)
    )
    return actor_rows((await tx.select(statement)).all())


async def open_communities(tx: ReadTx, viewer: Person, limit: int) -> list[ActorRow]:
    """Open communities of this firm that the viewer has not joined, the largest first."""
    members = select(func.count()).where(Follow.target_id == Actor.id, Follow.is_accepted).scalar_subquery()
    own = aliased(Follow)
    statement = (
        actors()
        .where(
            Actor.peer_id.is_(None),
            Community.visibility == OPEN,
            ~some(own, own.follower_id == viewer.actor_id, own.target_id == Actor.id),
        )
        .order_by(members.desc(), Actor.id)
        .limit(limit)
    )
    return actor_rows((await tx.select(statement)).all())


async def fellow_members(tx: ReadTx, viewer: Person, at: datetime, limit: int) -> list[ActorRow]:
    """People in the viewer's communities whom they do not follow yet, those with most in common first."""
    mine, theirs, own, joined = aliased(Follow), aliased(Follow), aliased(Follow), aliased(Actor)
    shared = (
        select(theirs.follower_id.label("person"), func.count().label("common"))
        .join(mine, mine.target_id == theirs.target_id)
        .join(joined, joined.id == mine.target_id)
        .where(
            mine.follower_id == viewer.actor_id,
            mine.is_accepted,
            theirs.is_accepted,
            theirs.follower_id != viewer.actor_id,
            joined.type == GROUP,
        )
        .group_by(theirs.follower_id)
        .subquery()
    )
    statement = (
        actors()
        .join(shared, shared.c.person == Actor.id)
        .where(
            Actor.suspended_at.is_(None),
            ~some(own, own.follower_id == viewer.actor_id, own.target_id == Actor.id),
            wanted_by(literal(viewer.actor_id), literal(at, UtcDateTime()), Actor.id),
        )
        .order_by(shared.c.common.desc(), Actor.id)
        .limit(limit)
    )
    return actor_rows((await tx.select(statement)).all())
