"""Counting marks of the pulse, and forgetting them."""

from datetime import date

from sqlalchemy import delete

from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx
from models.pulse import PulseMark, PulseToken


async def count(tx: WriteTx, community_id: int, month: date, mark: int, token: bytes) -> bool:
    """One more gave this mark; False, and nothing is counted, where the token is there already."""
    if (await tx.execute(insert_or_ignore(tx, PulseToken), {"token": token, "month": month})).rowcount != 1:
        return False
    row = {"community_id": community_id, "month": month, "mark": mark, "answers": 1}
    await tx.execute(upsert(tx, PulseMark, ["community_id", "month", "mark"], [], counted="answers"), row)
    return True


async def forget(tx: WriteTx, *, tokens_before: date, marks_before: date) -> None:
    """Of months that began before these days."""
    await tx.execute(delete(PulseToken).where(PulseToken.month < tokens_before))
    await tx.execute(delete(PulseMark).where(PulseMark.month < marks_before))
