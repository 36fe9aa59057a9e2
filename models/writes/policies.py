"""Writing the policy of notifications, and whom a person lets through."""

from collections.abc import Mapping, Sequence

from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx
from models.policies import LetThrough, NotificationPolicy
from models.signals import MERGED


async def change(tx: WriteTx, actor_id: int, values: Mapping[str, str]) -> None:
    """Decide something else; what is not named stays."""
    if values:
        statement = upsert(tx, NotificationPolicy, ["actor_id"], list(values))
        await tx.execute(statement, {"actor_id": actor_id, **values})


async def let_through(tx: WriteTx, actor_id: int, sender_ids: Sequence[int]) -> None:
    """What these did and do is shown like anybody else's."""
    if sender_ids:
        rows = [{"actor_id": actor_id, "sender_id": one} for one in sender_ids]
        await tx.execute(insert_or_ignore(tx, LetThrough), rows)
        tx.signal(MERGED, actor_id)
