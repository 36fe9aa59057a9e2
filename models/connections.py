"""Connections of asynchronous drivers: SQLAlchemy's Core, each call in a greenlet that waits for the driver.

The library's asyncio extension does the same in more forms, and loads the whole ORM: eight megabytes of a server.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable, create_engine
from sqlalchemy.util import greenlet_spawn

Given = TypeVarTuple("Given")
Result = TypeVar("Result")

Rows = CursorResult[*tuple[Any, ...]]
Parameters = Mapping[str, object] | Sequence[Mapping[str, object]] | None


class AsyncConnection:
    """One connection. Rows are all there when `execute` returns."""

    __slots__ = ("sync_connection",)

    def __init__(self, connection: Connection) -> None:
        self.sync_connection = connection

    @property
    def dialect(self) -> Dialect:
        """Of the database."""
        return self.sync_connection.dialect

    @property
    def closed(self) -> bool:
        """It was given back."""
        return self.sync_connection.closed

    async def execute(self, statement: Executable, parameters: Parameters = None) -> Rows:
        """Run one statement, for one or for many rows."""
        return await greenlet_spawn(self.sync_connection.execute, statement, parameters)

    async def run_sync(self, work: Callable[[Connection, *Given], Result], *arguments: *Given) -> Result:
        """The result of a function that is given the connection itself, and these arguments."""
        return await greenlet_spawn(work, self.sync_connection, *arguments)

    async def exec_driver_sql(self, statement: str) -> Rows:
        """Run one statement as the driver takes it."""
        return await greenlet_spawn(self.sync_connection.exec_driver_sql, statement)

    async def commit(self) -> None:
        """End the transaction; what it changed stays."""
        await greenlet_spawn(self.sync_connection.commit)

    async def rollback(self) -> None:
        """End the transaction; what it changed is gone."""
        await greenlet_spawn(self.sync_connection.rollback)

    async def close(self) -> None:
        """Give the connection back to its pool, without what was not committed."""
        await greenlet_spawn(self.sync_connection.close)


class AsyncEngine:
    """A pool of connections."""

    def __init__(self, url: str, **options: Any) -> None:
        """`options` are those of `sqlalchemy.create_engine`."""
        self.sync_engine: Engine = create_engine(url, **options)

    async def open(self) -> AsyncConnection:
        """A connection, which the caller closes."""
        return AsyncConnection(await greenlet_spawn(self.sync_engine.connect))

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection for the time of the block."""
        connection = await self.open()
        try:
            yield connection
        finally:
            # To the end also for whoever is cancelled: a connection half closed would be lost to the pool.
            await asyncio.shield(asyncio.ensure_future(connection.close()))

    async def dispose(self) -> None:
        """Close every connection that nobody uses."""
        await greenlet_spawn(self.sync_engine.dispose)
