"""Writing invitations to communities: each is for one person and one community, and used once (threats T177)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, not_, or_

from models.actors import Follow
from models.communities import HOST_ROLE, Invitation
from models.conditions import some
from models.dialect import insert_or_ignore
from models.engine import WriteTx

LIFE: Final = timedelta(days=7)


async def add(tx: WriteTx, community_id: int, actor_id: int, at: datetime, *, by_id: int | None = None) -> bool:
    """Invite somebody; False where they were invited already. `by_id`: the host with whom it ends."""
    stale = (Invitation.community_id == community_id, Invitation.actor_id == actor_id, not_(_stands(at)))
    await tx.execute(delete(Invitation).where(*stale))
    row = {"community_id": community_id, "actor_id": actor_id, "by_id": by_id, "invited_at": at}
    return (await tx.execute(insert_or_ignore(tx, Invitation), row)).rowcount > 0


async def use(tx: WriteTx, community_id: int, actor_id: int, at: datetime) -> bool:
    """Somebody makes use of their invitation; False where they have none that stands."""
    mine = (Invitation.community_id == community_id, Invitation.actor_id == actor_id)
    return (await tx.execute(delete(Invitation).where(*mine, _stands(at)))).rowcount > 0


async def take(tx: WriteTx, community_id: int, actor_id: int) -> bool:
    """Somebody is not invited any more, or needs no invitation; False where they had none."""
    mine = delete(Invitation).where(Invitation.community_id == community_id, Invitation.actor_id == actor_id)
    return (await tx.execute(mine)).rowcount > 0


async def end_with(tx: WriteTx, community_id: int, host_id: int) -> None:
    """Somebody does not host any more: whom they invited is not."""
    given = delete(Invitation).where(Invitation.community_id == community_id, Invitation.by_id == host_id)
    await tx.execute(given)


async def forget(tx: WriteTx, at: datetime) -> None:
    """Those that do not stand any more. For the housekeeping of the server."""
    await tx.execute(delete(Invitation).where(not_(_stands(at))))


def _stands(at: datetime) -> ColumnElement[bool]:
    hosting = (
        Follow.follower_id == Invitation.by_id,
        Follow.target_id == Invitation.community_id,
        Follow.role == HOST_ROLE,
        Follow.is_accepted,
    )
    return and_(Invitation.invited_at > at - LIFE, or_(Invitation.by_id.is_(None), some(Follow, *hosting)))
