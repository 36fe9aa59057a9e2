"""How long things are kept here: the two rules of the whole server, and which of several is stricter (product 8)."""

from typing import Final

import msgspec
from sqlalchemy import select

from models.actors import ServerState
from models.engine import ReadTx
from models.statements import lasting

THREADS, BIN = "retention.threads", "retention.bin"
"""Names of the facts of this installation."""

USUAL_THREAD_DAYS: Final = 730
USUAL_BIN_DAYS: Final = 30


class Rules(msgspec.Struct, frozen=True):
    """What holds for all of the server, in days."""

    thread_days: int = USUAL_THREAD_DAYS
    """After the last reply; 0: for ever."""
    bin_days: int = USUAL_BIN_DAYS
    """After its author, a host or a moderator took something out."""


_SET = lasting(lambda: select(ServerState.name, ServerState.number).where(ServerState.name.in_((THREADS, BIN))))


async def rules(tx: ReadTx) -> Rules:
    """As auditors have set them; else what product section 8 says."""
    rows = await tx.select(_SET())
    found = {row[0]: int(row[1]) for row in rows}
    return Rules(found.get(THREADS, USUAL_THREAD_DAYS), found.get(BIN, USUAL_BIN_DAYS))


async def are_chosen(tx: ReadTx) -> bool:
    """Auditors have looked at them and saved them."""
    chosen = select(ServerState.name).where(ServerState.name.in_((THREADS, BIN))).limit(1)
    return await tx.scalar(chosen) is not None


def stricter(*days: int | None) -> int | None:
    """The shortest of some terms in days; 0 and None: keeps for ever. None if all do."""
    return min((one for one in days if one), default=None)
