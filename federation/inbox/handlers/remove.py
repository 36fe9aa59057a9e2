"""Remove: a thread is pinned no longer, or somebody moderates no longer; the same rules as for `add`."""

from federation.inbox.acts import Act
from federation.inbox.context import Received
from federation.inbox.handlers import add
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Remove
from models.engine import WriteTx


async def apply(tx: WriteTx, received: Received[Remove], _: None) -> list[Outgoing]:
    """Take from a collection of a community of ours. Raises `Denied` (threats T037)."""
    return await add.change(tx, received.tools, Act.of(received))
