"""Reading rituals: who may know of them is decided by who may read their community."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import or_, select

from models.actors import Actor, Follow
from models.communities import Community
from models.engine import ReadTx
from models.gate import Person
from models.rituals import Ritual, RitualRow

_COLUMNS = (
    RitualRow.id,
    RitualRow.community_id,
    RitualRow.title,
    RitualRow.place,
    RitualRow.begins_at,
    RitualRow.every_weeks,
    RitualRow.off,
    RitualRow.ended_at,
)
MOST = 200
"""Rituals of one person's communities that are looked at."""


class Placed(msgspec.Struct, frozen=True):
    """A ritual and where it is."""

    ritual: Ritual
    name: str
    """The handle of the community."""
    title: str
    label: int
    visibility: str
    """Both of the community: what mail may say depends on them."""


async def of_community(tx: ReadTx, community_id: int) -> list[Ritual]:
    """All that are remembered, the first planned first. Uses ix_rituals_community_id."""
    statement = select(*_COLUMNS).where(RitualRow.community_id == community_id).order_by(RitualRow.id)
    return [Ritual(*row) for row in await tx.select(statement)]


async def of_memberships(tx: ReadTx, viewer: Person, now: datetime) -> Sequence[Placed]:
    """Of the communities of ours that this person has joined, those that may take place still."""
    statement = (
        select(*_COLUMNS, Actor.username, Actor.display_name, Community.label, Community.visibility)
        .join(Community, Community.actor_id == RitualRow.community_id)
        .join(Actor, Actor.id == Community.actor_id)
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == viewer.actor_id, Follow.is_accepted, Actor.deleted_at.is_(None))
        .where(or_(RitualRow.ended_at.is_(None), RitualRow.ended_at > now))
        .where(or_(RitualRow.every_weeks > 0, RitualRow.begins_at >= now))
        .order_by(RitualRow.id)
        .limit(MOST)
    )
    size = len(_COLUMNS)
    return [
        Placed(Ritual(*row[:size]), name, title or name, label, visibility)
        for *row, name, title, label, visibility in await tx.select(statement)
    ]
