"""That the works council has the sheet of what this server records: what the checklist of the set-up asks for (J1)."""

from datetime import datetime
from typing import Final

from models.engine import ReadTx, WriteTx
from models.queries import state
from models.writes import audit
from models.writes import state as facts
from server.actions.local_actors import Here
from server.actions.officers import Officer

_FACT: Final = "sheet handed over"


async def handed_over(tx: WriteTx, here: Here, by: Officer) -> None:
    """It was printed and given to them just now; again: the newer one counts."""
    now = here.clock.now()
    await audit.append(tx, at=now, actor=by.acct, action="server.sheet", object="sheet", details={})
    await facts.put(tx, _FACT, now.isoformat())


async def last(tx: ReadTx) -> datetime | None:
    """When it was given to them last."""
    text = await state.text(tx, _FACT)
    return datetime.fromisoformat(text) if text else None
