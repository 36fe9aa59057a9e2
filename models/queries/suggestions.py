"""Whom to follow, and what to join: the directory of this firm, and suggestions."""

import re
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, case, func, literal, select

from models.accounts import Account
from models.actors import GROUP, PERSON, Actor, Follow
from models.base import UtcDateTime, aliased
from models.conditions import said_openly, some
from models.engine import ReadTx
from models.gate import Person
from models.guests import is_guest
from models.posts import Post
from models.queries import auditors, communities, tags
from models.queries import directory as directory_rows
from models.queries.actors import ActorRow, actor_rows, actors, known_to
from models.queries.communities import CommunityRow
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


class Suggested(msgspec.Struct, frozen=True):
    """A community, and what speaks for it: topics that it and the viewer declare, or words of the viewer's unit."""

    community: CommunityRow
    topics: list[str]


_WORD = re.compile(r"\w+")


async def communities_for(tx: ReadTx, viewer: Person, at: datetime, limit: int) -> list[Suggested]:
    """What the viewer may join, or ask to, in the order of `communities.to_join`; an auditor joins none."""
    if await auditors.is_one(tx, viewer.actor_id):
        return []
    own = [row.name for row in await tags.featured(tx, viewer.actor_id)]
    unit = _WORD.findall((await directory_rows.unit_of(tx, viewer.actor_id) or "").lower())
    rows = await communities.to_join(tx, viewer, own, unit, at, limit)
    declared = await tags.featured_by(tx, [row.actor.id for row in rows])
    known = {*own, *unit}
    return [Suggested(row, [one for one in declared.get(row.actor.id, ()) if one in known]) for row in rows]


async def fellow_members(tx: ReadTx, viewer: Person, at: datetime, limit: int) -> list[ActorRow]:
    """People in the viewer's communities whom they do not follow yet, those with most in common first. None to a guest,
    who follows nobody.
    """
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
            ~is_guest(literal(viewer.actor_id, BigInteger())),
            ~some(own, own.follower_id == viewer.actor_id, own.target_id == Actor.id),
            wanted_by(literal(viewer.actor_id), literal(at, UtcDateTime()), Actor.id),
        )
        .order_by(shared.c.common.desc(), Actor.id)
        .limit(limit)
    )
    return actor_rows((await tx.select(statement)).all())
