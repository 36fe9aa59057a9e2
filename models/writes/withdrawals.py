"""Writing that administrators withdrew somebody of ours from a partner's community (product J9)."""

from datetime import datetime

from sqlalchemy import delete, select

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.moderation import Withdrawal


async def add(tx: WriteTx, community_id: int, actor_id: int, at: datetime) -> bool:
    """They do not join there again from now on; False: it was so already."""
    row = {"community_id": community_id, "actor_id": actor_id, "at": at}
    return bool((await tx.execute(insert_or_ignore(tx, Withdrawal), row)).rowcount > 0)


async def lift(tx: WriteTx, community_id: int, actor_id: int) -> bool:
    """They may ask to join again; False where they were not withdrawn."""
    theirs = (Withdrawal.community_id == community_id, Withdrawal.actor_id == actor_id)
    return (await tx.execute(delete(Withdrawal).where(*theirs))).rowcount > 0


async def carry(tx: WriteTx, from_id: int, to_id: int) -> None:
    """A community is to be found elsewhere: whoever was withdrawn from it does not join it there either."""
    rows = (await tx.select(select(Withdrawal.actor_id, Withdrawal.at).where(Withdrawal.community_id == from_id))).all()
    if rows:
        wanted = [{"community_id": to_id, "actor_id": row.actor_id, "at": row.at} for row in rows]
        await tx.execute(insert_or_ignore(tx, Withdrawal), wanted)
