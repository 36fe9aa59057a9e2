"""Writing what a community is."""

from collections.abc import Mapping

from sqlalchemy import update

from models.communities import Community
from models.engine import WriteTx


async def change(tx: WriteTx, community_id: int, values: Mapping[str, object]) -> None:
    """Change columns of one community."""
    await tx.execute(update(Community).where(Community.actor_id == community_id).values(**values))
