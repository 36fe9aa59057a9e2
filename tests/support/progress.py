"""How much is left of what servers do in the background, as tests ask while they wait for its end."""

from sqlalchemy import func, select

from models.backfilling import MissingPost
from models.catching_up import CatchUp
from models.engine import ReadTx


async def posts_looked_for(tx: ReadTx) -> int:
    """How many posts of threads are being asked for at their origin."""
    return int(await tx.scalar(select(func.count()).select_from(MissingPost)) or 0)


async def communities_read(tx: ReadTx) -> int:
    """How many communities are being read again from their outboxes."""
    return int(await tx.scalar(select(func.count()).select_from(CatchUp)) or 0)
