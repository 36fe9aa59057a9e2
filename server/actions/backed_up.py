"""That there is a whole backup, and since when: noted once its file is written, for the overview and its page."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from models.engine import ReadTx, WriteTx
from models.queries import state
from models.writes import audit
from models.writes import state as facts
from models.writes.audit import OPERATOR
from server.actions.local_actors import Here

_FACT: Final = "last backup"

GOOD_FOR: Final = timedelta(days=2)
"""A server that is backed up every night has one that is younger; after that somebody should look."""


class LastBackup(msgspec.Struct, frozen=True):
    """The copy, not where it lies: whoever has it can speak for this server."""

    made_at: datetime
    bytes: int
    database: str
    """Name of the database's copy in it, which says of which kind it is."""
    files: int


async def note(tx: WriteTx, here: Here, made: LastBackup) -> None:
    """A backup has just become whole."""
    details = {"bytes": made.bytes, "files": made.files}
    await audit.append(
        tx, at=here.clock.now(), actor=OPERATOR, action="server.backup", object=made.database, details=details
    )
    await facts.put(tx, _FACT, msgspec.json.encode(made).decode())


async def last(tx: ReadTx) -> LastBackup | None:
    """The newest whole one."""
    text = await state.text(tx, _FACT)
    return msgspec.json.decode(text, type=LastBackup) if text else None


def is_good(made: LastBackup | None, now: datetime) -> bool:
    """There is one, and it is young enough."""
    return made is not None and now - made.made_at < GOOD_FOR
