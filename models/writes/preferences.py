"""Writing preferences and markers."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update

from models.accounts import Account, Marker
from models.dialect import upsert
from models.engine import WriteTx


async def change(tx: WriteTx, actor_id: int, values: Mapping[str, object]) -> None:
    """Change columns of the account: how its owner likes to post."""
    if values:
        await tx.execute(update(Account).where(Account.actor_id == actor_id).values(**values))


async def set_marker(tx: WriteTx, *, actor_id: int, timeline: str, last_read_id: int, at: datetime) -> None:
    """Note how far somebody has read. The version grows in the row, so that two apps at once count as two."""
    values = {
        "actor_id": actor_id,
        "timeline": timeline,
        "last_read_id": last_read_id,
        "version": 1,
        "updated_at": at,
    }
    keys, changed = ["actor_id", "timeline"], ["last_read_id", "updated_at"]
    await tx.execute(upsert(tx, Marker, keys, changed, counted="version"), values)
