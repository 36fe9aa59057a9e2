"""Reading the pulse: whether a token is there, and how many gave which mark."""

from datetime import date

from sqlalchemy import select

from models.engine import ReadTx
from models.pulse import PulseMark, PulseToken


async def has_answered(tx: ReadTx, token: bytes) -> bool:
    """Whoever has this token gave a mark already."""
    return (await tx.select(select(PulseToken.month).where(PulseToken.token == token))).first() is not None


async def marks(tx: ReadTx, community_id: int, month: date) -> dict[int, int]:
    """How many gave each mark in a month, for the sum of the week alone."""
    statement = select(PulseMark.mark, PulseMark.answers).where(
        PulseMark.community_id == community_id, PulseMark.month == month
    )
    return {row[0]: row[1] for row in await tx.select(statement)}
