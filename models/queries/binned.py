"""What of a post lies in the bin: as hosts took it out, or sealed. `server/actions/bin_opening.py` opens it."""

from datetime import datetime

from sqlalchemy import exists, or_, select

from models.engine import ReadTx
from models.moderation import Removal
from models.retention import OF_POST, KeptCopy


async def sealed_copy(tx: ReadTx, post_id: int, at: datetime) -> bytes | None:
    """The newest copy whose time in the bin is not over; whoever opens it has the key."""
    mine = (KeptCopy.post_id == post_id, KeptCopy.kind == OF_POST, KeptCopy.bin_until > at)
    found: bytes | None = await tx.scalar(select(KeptCopy.sealed).where(*mine).order_by(KeptCopy.id.desc()).limit(1))
    return found


async def holds(tx: ReadTx, post_id: int, *, at: datetime, taken_out_since: datetime) -> bool:
    """Whether anything of the post lies there, without opening it."""
    copies = exists().where(KeptCopy.post_id == post_id, KeptCopy.kind == OF_POST, KeptCopy.bin_until > at)
    removed = exists().where(Removal.post_id == post_id, Removal.created_at > taken_out_since)
    return bool(await tx.scalar(select(or_(copies, removed))))


async def can_come_back(tx: ReadTx, post_id: int, taken_out_since: datetime) -> bool:
    """Whether a post that was taken out can be put back: what its author deleted meanwhile cannot."""
    mine = (Removal.post_id == post_id, Removal.created_at > taken_out_since)
    return await tx.scalar(select(Removal.post_id).where(*mine)) is not None
