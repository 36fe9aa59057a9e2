"""Appending to the audit trail, in the transaction of the act itself: without its entry the act does not happen."""

import json
from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select

from models.audit import TRIMMED, AuditEntry
from models.dialect import lock_audit_trail
from models.engine import WriteTx
from models.queries.audit import FIRST_PREVIOUS_HASH, AuditRow, Start, entry_hash, last
from models.writes import state

OPERATOR = "operator"
"""Who acts at the command line."""

SERVER = "server"
"""What the server does by itself, by a rule that an administrator can look up."""


async def append(
    tx: WriteTx,
    *,
    at: datetime,
    actor: str,
    action: str,
    object: str,  # noqa: A002 - the word of the trail's own column
    details: Mapping[str, object],
) -> None:
    """Add one entry, chained to the one before it (threats T129). Other writers of the trail wait until this commits.

    Call it before looking at what the act depends on: then two acts that would only be right alone cannot overlap. But
    rows of partners come before the trail (`queries.agreements.hold`).
    `details` never hold secrets or what somebody wrote.
    """
    await stand_still(tx)
    newest = await last(tx)
    row = AuditRow(
        id=newest.id + 1 if newest else 1,
        at=at,
        actor=actor,
        action=action,
        object=object,
        details=json.dumps(dict(details), sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        previous_hash=newest.hash if newest else FIRST_PREVIOUS_HASH,
        hash="",
    )
    await tx.execute(insert(AuditEntry), msgspec.structs.asdict(row) | {"hash": entry_hash(row)})


async def stand_still(tx: WriteTx) -> None:
    """Nobody else adds an entry until this transaction is over."""
    if (lock := lock_audit_trail(tx)) is not None:
        await tx.execute(lock)


async def begin_at(tx: WriteTx, start: Start) -> None:
    """From now on the trail begins there; what is before it is only still to be deleted."""
    await state.put(tx, TRIMMED, msgspec.json.encode(start).decode())


async def trim(tx: WriteTx, start: Start, most: int) -> int:
    """Delete some of the entries before the beginning; how many. The oldest first, so that a stop leaves no gap."""
    oldest = select(AuditEntry.id).where(AuditEntry.id <= start.entries).order_by(AuditEntry.id).limit(most)
    return (await tx.execute(delete(AuditEntry).where(AuditEntry.id.in_(oldest)))).rowcount
