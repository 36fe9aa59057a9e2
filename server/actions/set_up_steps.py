"""Steps of the set-up that people do and the server cannot see: done when the checklist is told so (product J1)."""

from datetime import datetime

import msgspec

from models.engine import ReadTx, WriteTx
from models.queries import state
from models.writes import audit
from models.writes import state as facts
from server.actions.local_actors import Here
from server.actions.officers import Officer


class Step(msgspec.Struct, frozen=True):
    """One of them."""

    fact: str
    action: str
    """What the audit trail calls it."""
    about: str


SHEET = Step("sheet handed over", "server.sheet", "sheet")
"""The works council has the sheet of what this server records."""
MAIL = Step("mail tested", "server.mail-test", "mail")
"""The mail server has taken a letter."""


async def done(tx: WriteTx, here: Here, by: Officer, step: Step) -> None:
    """It was done just now; again: the newer time counts."""
    now = here.clock.now()
    await audit.append(tx, at=now, actor=by.acct, action=step.action, object=step.about, details={})
    await facts.put(tx, step.fact, now.isoformat())


async def last(tx: ReadTx, step: Step) -> datetime | None:
    """When it was done last."""
    text = await state.text(tx, step.fact)
    return datetime.fromisoformat(text) if text else None
