"""Writing what a community is; and whether a partner's is for our firm."""

from collections.abc import Mapping

from sqlalchemy import select, update

from models.actors import Actor
from models.communities import EVERYWHERE, NOWHERE, Community
from models.engine import WriteTx


async def change(tx: WriteTx, community_id: int, values: Mapping[str, object]) -> None:
    """Change columns of one community."""
    await tx.execute(update(Community).where(Community.actor_id == community_id).values(**values))


async def withhold(tx: WriteTx, peer_id: int, uri: str) -> None:
    """A partner's community has nothing to do with our firm any more, until it tells of itself or new terms are signed:
    our members there are not removed, but nobody would get what they write.
    """
    theirs = select(Actor.id).where(Actor.uri == uri, Actor.peer_id == peer_id)
    await tx.execute(update(Community).where(Community.actor_id.in_(theirs)).values(scope=NOWHERE))


async def withhold_none(tx: WriteTx, peer_id: int) -> None:
    """New terms with a partner: what it shares no more by them, it calls back anew."""
    theirs = select(Actor.id).where(Actor.peer_id == peer_id)
    held_back = (Community.scope == NOWHERE, Community.actor_id.in_(theirs))
    await tx.execute(update(Community).where(*held_back).values(scope=EVERYWHERE))
