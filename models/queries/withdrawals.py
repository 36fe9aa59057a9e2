"""Whom our administrators withdrew from partners' communities (product J9)."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from models.actors import Actor
from models.base import aliased
from models.engine import ReadTx
from models.moderation import Withdrawal

MOST = 500

_Community = aliased(Actor, name="withdrawn_from")


class WithdrawnRow(msgspec.Struct, frozen=True):
    """Who, from where and since when, in the order of the columns."""

    username: str
    display_name: str
    community: str
    """Its name, without its host."""
    at: datetime


async def is_withdrawn(tx: ReadTx, actor_id: int, community_id: int) -> bool:
    """An administrator withdrew this person of ours from this community of a partner's."""
    theirs = (Withdrawal.community_id == community_id, Withdrawal.actor_id == actor_id)
    return await tx.scalar(select(Withdrawal.actor_id).where(*theirs)) is not None


async def at_peer(tx: ReadTx, peer_id: int) -> list[WithdrawnRow]:
    """From communities of one partner, the newest first; 500 at most. For administrators."""
    statement = (
        select(Actor.username, Actor.display_name, _Community.username, Withdrawal.at)
        .select_from(Withdrawal)
        .join(Actor, Actor.id == Withdrawal.actor_id)
        .join(_Community, _Community.id == Withdrawal.community_id)
        .where(_Community.peer_id == peer_id)
        .order_by(Withdrawal.at.desc(), Actor.username)
        .limit(MOST)
    )
    return [WithdrawnRow(*row) for row in await tx.select(statement)]
