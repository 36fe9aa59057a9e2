"""Telling members whose software knows no groups of threads that came or went many at once, in turns.

Whoever takes out, deletes or puts back says it of as many as one transaction should hold (`inbox/boosts.py`). What is
left is read from the threads' own rows: a killed server goes on there.
"""

from typing import Final

from federation.inbox import boosts
from federation.outbox.publish import publish
from federation.runtime import Runtime, turn_by_turn
from models.queries import actors
from models.queries import boosts as reading
from models.writes.boosts import WAKES

_POLL_SECONDS: Final = 60.0


class Settling:
    """The loop that tells the rest."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def run(self) -> None:
        """Until cancelled: between two transactions, or in one, which then never was."""
        await turn_by_turn(self.step, self._runtime.events, WAKES, poll_seconds=_POLL_SECONDS)

    async def step(self) -> bool:
        """One turn in one community; whether there was anything to tell."""
        async with self._runtime.db.read() as tx:
            community_id = await reading.unsettled(tx)
        if community_id is None:
            return False
        async with self._runtime.db.write() as tx:
            community = await actors.by_id(tx, community_id)
            told = await boosts.turn(tx, self._runtime, community, self._runtime.clock.now())
            await publish(tx, told or [])
        return told is not None
