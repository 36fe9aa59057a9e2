"""Reading what administrators tell everybody."""

import msgspec

from models.engine import ReadTx
from models.notices import FACT, NONE, Notice
from models.queries import state


async def current(tx: ReadTx) -> Notice:
    """The notice, also one whose time is over."""
    said = await state.text(tx, FACT)
    return msgspec.json.decode(said, type=Notice) if said else NONE
