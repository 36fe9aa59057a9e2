"""Choosing which files may be attached to posts, within what this server can take; and having the store counted."""

from datetime import datetime

import msgspec

from models.accounts import ADMIN
from models.engine import WriteTx
from models.files import COUNTING, RULES, Count, FileRules
from models.writes import audit, state
from models.writes.media import WAKES
from server.actions.local_actors import Here
from server.actions.officers import Officer


async def choose(tx: WriteTx, here: Here, rules: FileRules, by: Officer) -> None:
    """These count from now on; what was attached before stays. Raises `NotAllowed`."""
    by.require(ADMIN)
    details = {
        "types": list(rules.types or ()),
        "picture_mib": rules.picture_mib,
        "recording_mib": rules.recording_mib,
    }
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="server.files", object="files", details=details)
    await state.put(tx, RULES, msgspec.json.encode(rules).decode())


async def count_again(tx: WriteTx, at: datetime, by: Officer) -> None:
    """Begin to count what the store holds. Raises `NotAllowed`."""
    by.require(ADMIN)
    await state.put(tx, COUNTING, msgspec.json.encode(Count(begun_at=at)).decode())
    tx.wake(WAKES)
