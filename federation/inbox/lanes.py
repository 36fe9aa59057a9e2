"""Claiming inbox lanes: one worker applies an actor's activities, in order of arrival (architecture section 7).

Where several processes share a database, lanes are leased, and every later write is conditional on still holding them:
a process that was paused acts on nothing. A process that is alone needs no lease, nor the commit that it costs.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from federation.runtime import Runtime
from models.engine import ReadTx, WriteTx
from models.inbox import PROCESSED
from models.writes import inbox

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 20.0


class LeaseLost(Exception):
    """Another worker has a lane that was ours: what was about to be done is theirs to do."""


class Lanes:
    """The lanes of one worker. `owner` names it in leases."""

    def __init__(self, runtime: Runtime, owner: str) -> None:
        self._runtime = runtime
        self._owner = owner
        self._is_alone = runtime.db.has_one_process

    async def give_back(self) -> None:
        """At the start of a worker: what it, or an earlier one of its name, held is free."""
        async with self._runtime.db.write() as tx:
            await inbox.give_back(tx, owner=self._owner)

    async def claim(self, most: int) -> tuple[list[int], Sequence[Any]]:
        """Lanes that have something to do, and the oldest activities of them all; where few peers fill that, half of it
        is left to the others (threats T217).
        """
        now, db = self._runtime.clock.now(), self._runtime.db
        if self._is_alone:
            async with db.read() as tx:
                lanes = await inbox.due_lanes(tx, now=now)
                return lanes, await _in_turn(tx, lanes, most)
        async with db.write() as tx:
            lanes = await inbox.lease_lanes(tx, owner=self._owner, now=now, until=now + LEASE)
            return lanes, await _in_turn(tx, lanes, most)

    @asynccontextmanager
    async def kept(self, lanes: Sequence[int]) -> AsyncIterator[None]:
        """The leases are renewed for the time of the block, which may wait for the network."""
        if self._is_alone:
            yield
            return
        renewing = asyncio.ensure_future(self._renew(lanes))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, lanes: Sequence[int]) -> None:
        while True:
            await self._runtime.clock.sleep(RENEW_SECONDS)
            try:
                async with self._runtime.db.write() as tx:
                    await self._renewed(tx, lanes)
            except SQLAlchemyError as error:
                log.warning("inbox.leases_not_renewed", error=type(error).__name__)

    async def _renewed(self, tx: WriteTx, lanes: Collection[int]) -> int:
        until = self._runtime.clock.now() + LEASE
        return await inbox.renew_lanes(tx, owner=self._owner, lanes=lanes, until=until)

    async def hold(self, tx: WriteTx, lanes: Collection[int]) -> None:
        """What this transaction does is conditional on these lanes. Raises `LeaseLost`."""
        if not self._is_alone and await self._renewed(tx, lanes) < len(lanes):
            raise LeaseLost

    async def finish(self, tx: WriteTx, row_ids: Sequence[int], retry_at: dict[int, datetime | None]) -> None:
        """These activities are applied, and the lanes go back as `release` says. Raises `LeaseLost`."""
        if self._is_alone:
            await inbox.finish(tx, [(row_id, PROCESSED, None) for row_id in row_ids])
            await inbox.set_waits(tx, retry_at)
        elif await inbox.finish_and_release(tx, row_ids, owner=self._owner, retry_at=retry_at) < len(retry_at):
            raise LeaseLost

    async def release(self, tx: WriteTx, retry_at: dict[int, datetime | None]) -> None:
        """Give lanes back; where a time is given, their first activity is tried again then. Raises `LeaseLost`."""
        if self._is_alone:
            await inbox.set_waits(tx, retry_at)
        elif await inbox.release_lanes(tx, owner=self._owner, retry_at=retry_at) < len(retry_at):
            raise LeaseLost


async def _in_turn(tx: ReadTx, lanes: Sequence[int], most: int) -> Sequence[Any]:
    if not lanes:
        return []
    oldest = (await inbox.pending(tx, lanes, most)).all()
    loud = loud_peers([row.peer_id for row in oldest], most)
    if not loud:
        return oldest
    return mixed(oldest, (await inbox.pending(tx, lanes, most // 2, but_of=loud)).all(), most)


def loud_peers(peer_ids: Sequence[int], most: int) -> list[int]:
    """The peers of which a full batch holds more than a quarter; none of one that is not full: that is all."""
    if len(peer_ids) < most:
        return []
    return [peer_id for peer_id, count in Counter(peer_ids).items() if count > most // 4]


def mixed(oldest: Sequence[Any], of_others: Sequence[Any], most: int) -> list[Any]:
    """`most` rows in order of arrival: those of others first of all, then the oldest. Of each actor it is what came
    first, since an actor is of one peer.
    """
    taken = {row.id for row in of_others}
    rest = [row for row in oldest if row.id not in taken]
    return sorted([*of_others, *rest[: most - len(of_others)]], key=lambda row: row.id)
