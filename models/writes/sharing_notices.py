"""Writing whom hosts are to be told of: in the transaction by which a community comes to be shared, and once told."""

from sqlalchemy import delete, select, tuple_

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.queries.sharing_notices import Pairs
from models.sharing_notices import SharingNotice

WAKES = "hosts to tell"
"""The channel of those who tell what is too much for one transaction."""


async def owe(tx: WriteTx, pairs: Pairs) -> None:
    """Hosts are to be told of these, each once."""
    rows = [{"community_id": community_id, "peer_id": peer_id} for community_id, peer_id in sorted(pairs)]
    if rows:
        await tx.execute(insert_or_ignore(tx, SharingNotice), rows)


async def take(tx: WriteTx, most: int) -> Pairs:
    """The next that hosts are to be told of; they count as told with this transaction.

    What another transaction is telling at this moment is left to it.
    """
    key = (SharingNotice.community_id, SharingNotice.peer_id)
    waiting = select(*key).order_by(*key).limit(most).with_for_update(skip_locked=True)
    pairs = frozenset((row[0], row[1]) for row in await tx.select(waiting))
    if pairs:
        await tx.execute(delete(SharingNotice).where(tuple_(*key).in_(sorted(pairs))))
    return pairs
