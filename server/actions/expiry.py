"""What time does to agreements: past the review date the exchange rests; papers go five years after its end."""

from datetime import timedelta

from federation.runtime import Runtime
from models.queries import agreements, cases
from models.writes import agreements as agreement_writes
from models.writes import audit, papers
from server.actions import partners

BY_TIME = "the review date"
"""Who acts, in the audit trail."""

PROPOSALS_KEPT = timedelta(days=30)
"""Proposals of hosts that nobody here named."""

PAPERS_KEPT = timedelta(days=1827)
"""Five years after the exchange has ended (product section 8): agreements, requests, receipts, checkpoints."""

_AT_ONCE = 200
_PAUSE_SECONDS = 0.05


async def keep_terms(runtime: Runtime) -> None:
    """Suspend what is past its review date without a new version (product J2); drop old proposals of strangers."""
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        overdue = await agreements.overdue(tx, now)
    for host in overdue:
        async with runtime.db.write() as tx:
            await partners.suspend(tx, runtime, host, by=BY_TIME)
    async with runtime.db.write() as tx:
        await agreement_writes.drop_strangers(tx, now - PROPOSALS_KEPT)
        await papers.note_ends(tx, now)
    async with runtime.db.read() as tx:
        over = await agreements.long_over(tx, now - PAPERS_KEPT)
    for peer_id, host in over:
        await _forget_papers(runtime, peer_id, host)


async def _forget_papers(runtime: Runtime, peer_id: int, host: str) -> None:
    """Some at a time, each time an entry in the trail; none while a legal case is open, whatever their age."""
    more = True
    while more:
        async with runtime.db.write() as tx:
            # No case is opened while it is looked up that none is open.
            await audit.stand_still(tx)
            if await cases.open_ones(tx):
                return
            gone = await papers.forget_some(tx, peer_id, _AT_ONCE)
            if sum(gone.values()):
                at, details = runtime.clock.now(), dict[str, object](gone)
                await audit.append(
                    tx, at=at, actor=audit.SERVER, action="agreement.forget", object=host, details=details
                )
        more = any(count == _AT_ONCE for count in gone.values())
        if more:
            await runtime.clock.sleep(_PAUSE_SECONDS)
