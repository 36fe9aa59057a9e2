"""That the mail server has taken a letter: what the checklist of the set-up asks for (product J1)."""

from datetime import datetime
from typing import Final

from models.engine import ReadTx, WriteTx
from models.queries import state
from models.writes import audit
from models.writes import state as facts
from server.actions.local_actors import Here
from server.actions.officers import Officer

_FACT: Final = "mail tested"


async def passed(tx: WriteTx, here: Here, by: Officer) -> None:
    """The mail server took a test letter just now."""
    now = here.clock.now()
    await audit.append(tx, at=now, actor=by.acct, action="server.mail-test", object="mail", details={})
    await facts.put(tx, _FACT, now.isoformat())


async def last(tx: ReadTx) -> datetime | None:
    """When it last did."""
    text = await state.text(tx, _FACT)
    return datetime.fromisoformat(text) if text else None
