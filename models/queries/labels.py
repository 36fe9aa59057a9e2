"""Reading what the firm calls its labels and what may be said under each."""

import msgspec

from models.engine import ReadTx
from models.labels import DEFAULT, FACT, Labels
from models.queries import state


async def labels(tx: ReadTx) -> Labels:
    """What counts; the default where nobody has chosen. One statement."""
    return await chosen(tx) or DEFAULT


async def chosen(tx: ReadTx) -> Labels | None:
    """The same; None where nobody has looked at them and saved them."""
    text = await state.text(tx, FACT)
    return msgspec.json.decode(text, type=Labels) if text else None
