"""The clock of posts that are written for later: each is published once, when its time has come.

A worker that is killed in the middle leaves its lease behind, and another one goes on when that has run out.
"""

from datetime import timedelta
from typing import Final

from models.queries import scheduled
from models.writes import scheduled as rows
from server.actions.scheduling import publish_due
from server.services import Services

EVERY_SECONDS: Final = 5.0
LEASE: Final = timedelta(minutes=2)
"""Longer than publishing a whole turn takes, with the look-ups of the people named."""

MOST_AT_ONCE: Final = 20


async def run(services: Services) -> None:
    """Look every five seconds, until cancelled."""
    while True:
        while await tend(services):
            pass
        await services.runtime.clock.sleep(EVERY_SECONDS)


async def tend(services: Services) -> bool:
    """Publish what is due now, twenty at most; whether there may be more."""
    runtime = services.runtime
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        if not await scheduled.any_due(tx, now):
            return False
    until = now + LEASE
    async with runtime.db.write() as tx:
        due = await rows.claim(tx, now=now, until=until, most=MOST_AT_ONCE)
    for row in due:
        await publish_due(services, row, until)
    return len(due) == MOST_AT_ONCE
