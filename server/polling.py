"""The clock of polls: their end is told when it comes, and new counts are sent out, each poll at most once a minute."""

from datetime import datetime, timedelta
from typing import Final

from federation.runtime import Runtime
from federation.vocab.compose import Composer
from models.engine import WriteTx
from models.gate import Operation
from models.queries import polls, posts
from models.writes import polls as poll_writes
from server.actions.about_posts import publish_change, said_about

EVERY_SECONDS: Final = 20.0
QUIET: Final = timedelta(minutes=1)
MOST_AT_ONCE: Final = 50


async def run(runtime: Runtime) -> None:
    """Look every twenty seconds, until cancelled."""
    while True:
        while await tend(runtime):
            pass
        await runtime.clock.sleep(EVERY_SECONDS)


async def tend(runtime: Runtime) -> bool:
    """Whatever is due now, up to fifty polls of each kind; whether there may be more."""
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        if not await polls.any_due(tx, now=now, quiet=QUIET):
            return False
    async with runtime.db.write() as tx:
        over = await poll_writes.claim_over(tx, now=now, most=MOST_AT_ONCE)
        await poll_writes.tell_end(tx, over, now)
        changed = await poll_writes.claim_changed(tx, now=now, quiet=QUIET, most=MOST_AT_ONCE)
        for post_id in dict.fromkeys([*over, *changed]):
            await _send_counts(tx, runtime, post_id, now)
    return len(over) == MOST_AT_ONCE or len(changed) == MOST_AT_ONCE


async def _send_counts(tx: WriteTx, runtime: Runtime, post_id: int, now: datetime) -> None:
    """The Question as it is now, to all who have it, if it is ours."""
    row = await posts.post(tx, post_id, Operation())
    if row is not None and row.peer_id is None:
        said = await said_about(tx, row)
        await publish_change(tx, said, Composer(runtime, now).update(said))
