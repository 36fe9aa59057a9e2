"""What a turn of the receiving loop reads from the network, before anything is applied.

Lanes are read side by side, what is in one of them in order. A turn has ten seconds for it, however many peers never
answer: their lanes are put off, each by its own failure, and everybody else's are applied.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from federation.deadlines import Deadline, Patience, limited
from federation.errors import Denied, Gone, Malformed
from federation.inbox.context import Received
from federation.inbox.dispatch import Handler

LANES_AT_ONCE: Final = 16
LANES_OF_A_PEER: Final = 4
"""As many as the gate has connections to one host: those of a peer that never answers leave the others their places."""


@dataclass(slots=True)
class Work:
    """One row of the inbox on its way."""

    row: Any
    received: Received[Any] | None = None
    handler: Handler | None = None
    gathered: Any = None
    failure: Exception | None = None
    """Why it cannot be applied: it was refused or failed while it was read or gathered."""
    is_left: bool = False
    """The time was over before it had had a whole turn's: it stays as it came, and the next turn begins with it."""

    @property
    def has_to_wait(self) -> bool:
        """It could not be gathered, and may be the next time: not a refusal."""
        return self.is_left or (self.failure is not None and not isinstance(self.failure, Malformed | Denied | Gone))


async def gather(works: Sequence[Work], patience: Patience) -> list[Work]:
    """Read what handlers need; what can be applied, or has failed, now.

    Without what is behind something of its lane that has to wait, or had no time: that stays as it came.
    """
    by_lane: dict[int, list[Work]] = {}
    for work in works:
        if work.handler is not None and work.handler.gather is not None:
            by_lane.setdefault(work.row.lane, []).append(work)
    if by_lane:
        async with limited(patience) as deadline:
            turn = _Turn(deadline)
            await asyncio.gather(*(turn.gather_lane(lane) for lane in by_lane.values()))
    return _up_to_waits(works)


class _Turn:
    """The places and the time that the lanes of one turn share."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._places = asyncio.Semaphore(LANES_AT_ONCE)
        self._of_peer: dict[int, asyncio.Semaphore] = {}

    async def gather_lane(self, works: Sequence[Work]) -> None:
        of_peer = self._of_peer.setdefault(works[0].row.peer_id, asyncio.Semaphore(LANES_OF_A_PEER))
        has_whole_time = not of_peer.locked() and not self._places.locked()
        async with of_peer, self._places:
            for work in works:
                await self._gather(work, has_whole_time=has_whole_time)
                if work.has_to_wait:
                    # What comes after it in the lane waits too: looking further would only keep all others waiting.
                    return
                has_whole_time = False

    async def _gather(self, work: Work, *, has_whole_time: bool) -> None:
        if work.received is None or work.handler is None or work.handler.gather is None:
            return
        work.received.budget.deadline = self._deadline
        try:
            work.gathered = await work.handler.gather(work.received)
        except Exception as error:
            work.failure = error
        if self._deadline.is_over and not has_whole_time:
            # Whoever took the time, it was not this one: no attempt is counted, and nothing is given up.
            work.gathered, work.failure, work.is_left = None, None, True


def _up_to_waits(works: Sequence[Work]) -> list[Work]:
    waiting: set[int] = set()
    reached: list[Work] = []
    for work in works:
        if work.row.lane not in waiting and not work.is_left:
            reached.append(work)
        if work.has_to_wait:
            waiting.add(work.row.lane)
    return reached
