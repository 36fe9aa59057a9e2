"""The process slot: a small number that no other running server of the database has, so that ids never collide.

On SQLite one process serves, and has slot 0. On PostgreSQL a slot is an advisory lock that lives as long as its
connection: a killed process gives it back by itself, and one whose connection was cut takes it again. Beside it a lock
says whether several processes may serve: streams of one hear what the others did through Redis alone.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from federation.runtime import Clock
from models.connections import AsyncConnection
from models.engine import Database
from server.system import SERVER_SLOTS

log = structlog.get_logger(__name__)

_LOCKS: Final = 7700
"""Advisory locks from here on are the slots."""

_SEVERAL: Final = _LOCKS - 1
"""Held together by processes that have Redis, and by one alone that has none."""

_LOOK_SECONDS: Final = 30.0
"""How often a connection is asked that does not know by itself whether it is cut."""
_AGAIN_SECONDS: Final = 1.0
"""Between two attempts to reach a database that is away."""


class StreamsSplit(Exception):
    """Another process serves this database, and no Redis joins their streams; the message is one line."""


class SlotLost(Exception):
    """While the database was away another process took the slot; the message is one line."""


class NoSlotLeft(Exception):
    """More servers run on the database than there are slots."""


@dataclass
class Slot:
    """A slot that this process has."""

    number: int
    _held: "_Held | None" = None

    async def keep(self, clock: Clock) -> None:
        """Take it again, and the lock beside it, whenever the connection that holds them is lost; until cancelled.

        Raises `SlotLost` or `StreamsSplit` where another process was faster: then this one has to stop.
        """
        if self._held is None:
            await asyncio.Event().wait()
            return
        while True:
            await self._held.until_lost()
            log.warning("slot.lost", slot=self.number)
            await self._held.take_again(self.number, clock)
            log.info("slot.taken_again", slot=self.number)


@dataclass
class _Held:
    """The connection that holds the locks, on PostgreSQL."""

    db: Database
    has_redis: bool | None
    connection: AsyncConnection

    async def until_lost(self) -> None:
        """Return once the connection is cut. The driver says so; of one that fell silent, an attempt does."""
        driver = self.connection.sync_connection.connection.driver_connection
        assert driver is not None
        lost = asyncio.Event()
        driver.add_termination_listener(lambda _: lost.set())
        while not driver.is_closed():
            try:
                await asyncio.wait_for(lost.wait(), _LOOK_SECONDS)
            except TimeoutError:
                with suppress(DBAPIError, OSError):
                    await self.connection.execute(select(1))
                    await self.connection.commit()

    async def take_again(self, number: int, clock: Clock) -> None:
        """As soon as the database is there. Raises `SlotLost` or `StreamsSplit`."""
        await self.connection.run_sync(Connection.invalidate)
        await self.connection.close()
        while True:
            try:
                self.connection = await self.db.engine.open()
                await _refuse_to_split(self.connection, self.has_redis)
                if not await _locked(self.connection, _LOCKS + number):
                    raise SlotLost(
                        f"another server process took slot {number} while the database was away: start this one again"
                    )
                return
            except (DBAPIError, OSError) as error:
                log.warning("slot.database_away", slot=number, reason=type(error).__name__)
                await self.connection.close()
                await clock.sleep(_AGAIN_SECONDS)

    async def give_back(self) -> None:
        """All locks. A connection that was cut has given them back by itself."""
        try:
            with suppress(DBAPIError):
                await self.connection.execute(select(func.pg_advisory_unlock_all()))
        finally:
            await self.connection.close()


@asynccontextmanager
async def taken(db: Database, *, has_redis: bool | None = None) -> AsyncIterator[Slot]:
    """A slot for the time of the block; `Slot.keep` has to run meanwhile. Raises `NoSlotLeft`.

    A server says whether it `has_redis`: without it, it serves alone, and beside one without it nobody serves. Raises
    `StreamsSplit`.
    """
    if db.is_sqlite:
        yield Slot(0)
        return
    held = _Held(db, has_redis, await db.engine.open())
    try:
        await _refuse_to_split(held.connection, has_redis)
        yield Slot(await _first_free(held.connection), held)
    finally:
        await held.give_back()


async def _first_free(connection: AsyncConnection) -> int:
    for number in range(SERVER_SLOTS):
        if await _locked(connection, _LOCKS + number):
            return number
    raise NoSlotLeft(f"{SERVER_SLOTS} servers run on this database already")


async def _locked(connection: AsyncConnection, lock: int, *, is_shared: bool = False) -> bool:
    """Whether the session has the lock now; it keeps it beyond the transaction."""
    take = func.pg_try_advisory_lock_shared if is_shared else func.pg_try_advisory_lock
    has_it = bool((await connection.execute(select(take(lock)))).scalar())
    await connection.commit()
    return has_it


async def _refuse_to_split(connection: AsyncConnection, has_redis: bool | None) -> None:
    if has_redis is not None and not await _locked(connection, _SEVERAL, is_shared=has_redis):
        raise StreamsSplit(
            "another server process runs on this database: for several, every one needs ENTREPAIRS_REDIS_URL,"
            " or those who listen to one of them miss what happens at the others"
        )
