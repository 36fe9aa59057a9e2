"""Letting the oldest entries of the audit trail go after three years (product section 8); the rest still verifies.

It begins behind a checkpoint then: signed, kept by partners too, it stands for what went. While a legal case is open
nothing goes, whatever its age; nor does anything go of a trail that does not verify, since that would hide why.
"""

from datetime import timedelta
from typing import Final

import structlog

from federation.runtime import Runtime
from models.audit import KEPT
from models.engine import ReadTx
from models.queries import audit, cases
from models.queries import checkpoints as reading
from models.queries.audit import Start
from models.writes import audit as trail
from server.actions import checkpoints

EVERY: Final = timedelta(days=7)
"""Each time is an entry itself: a trail that nobody adds to is not to grow by its own housekeeping."""
BATCH: Final = 500
_PAUSE_SECONDS: Final = 0.05

log = structlog.get_logger()


async def trim(runtime: Runtime) -> None:
    """Move the beginning if it is time, then delete what lies before it, some at a time. Safe to call any time."""
    async with runtime.db.read() as tx:
        start = await audit.start(tx)
        due = await _due(tx, runtime, start)
        if due is not None and not (found := await checkpoints.verify(tx, runtime)).ok:
            log.error("audit.not_trimmed", problem=found.problem)
            due = None
    if due is not None and await _begin(runtime, start, due):
        start = due
    while start.entries:
        async with runtime.db.write() as tx:
            gone = await trail.trim(tx, start, BATCH)
        if gone < BATCH:
            return
        await runtime.clock.sleep(_PAUSE_SECONDS)


async def _due(tx: ReadTx, runtime: Runtime, start: Start) -> Start | None:
    """Where the trail is to begin; None: where it does now."""
    now = runtime.clock.now()
    if start.at is not None and now - start.at < EVERY:
        return None
    stands = await reading.newest_before(tx, now - KEPT)
    if stands is None or stands.entries <= start.entries or await cases.open_ones(tx):
        return None
    return Start(entries=stands.entries, head=stands.head, checkpoint=stands.number, at=now)


async def _begin(runtime: Runtime, before: Start, start: Start) -> bool:
    """Write down the new beginning; False: another process has, or a case was opened meanwhile."""
    async with runtime.db.write() as tx:
        # No case is opened while it is looked up that none is open.
        await trail.stand_still(tx)
        if await audit.start(tx) != before or await cases.open_ones(tx):
            return False
        details: dict[str, object] = {"entries": start.entries, "head": start.head, "checkpoint": start.checkpoint}
        at = runtime.clock.now()
        await trail.append(tx, at=at, actor=trail.SERVER, action="audit.trim", object="audit", details=details)
        await trail.begin_at(tx, start)
    return True
