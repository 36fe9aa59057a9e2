"""Reading when the firm is quiet."""

import msgspec

from models.engine import ReadTx
from models.queries import state
from models.quiet import FACT, QuietHours


async def firm_hours(tx: ReadTx) -> QuietHours:
    """The firm's quiet hours, working days and holidays; the defaults where nobody has chosen. One statement."""
    chosen = await state.text(tx, FACT)
    return msgspec.json.decode(chosen, type=QuietHours) if chosen else QuietHours()


async def are_chosen(tx: ReadTx) -> bool:
    """Somebody has looked at them and saved them."""
    return bool(await state.text(tx, FACT))
