"""Writing preferences and markers."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update

from models.accounts import Account, Marker
from models.dialect import upsert
from models.engine import WriteTx
from models.notifications import Notification


async def change(tx: WriteTx, actor_id: int, values: Mapping[str, object]) -> None:
    """Change columns of the account: how its owner likes to post."""
    if values:
        await tx.execute(update(Account).where(Account.actor_id == actor_id).values(**values))


async def set_notification_marker(tx: WriteTx, *, actor_id: int, last_read_id: int, at: datetime) -> None:
    """Note how far somebody has read their notifications. What they were told of what they asked discreetly has the
    number of a row that names its community: in its place their own one before it stands, else the row of the marker
    would lead from them to what they asked (threats T242).
    """
    recipient_id = await tx.scalar(select(Notification.recipient_id).where(Notification.id == last_read_id))
    if recipient_id not in (None, actor_id):
        mine = (Notification.recipient_id == actor_id, Notification.id < last_read_id)
        last_read_id = await tx.scalar(select(func.max(Notification.id)).where(*mine)) or 0
    await set_marker(tx, actor_id=actor_id, timeline="notifications", last_read_id=last_read_id, at=at)


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
