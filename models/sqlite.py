"""How SQLite is driven: aiosqlite, with as few changes of thread as safety allows.

A change of thread costs more than a typical statement. So what may wait, for the lock (beginning a write) or for the
disk (committing it), happens in aiosqlite's thread; the statements between, and reads, which in write-ahead mode wait
for nobody, run where they are called. Statements must therefore be bounded: long work is done in batches.
"""

import asyncio
import collections
import sqlite3
from collections.abc import Awaitable, Sequence
from typing import Any

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_dbapi
from sqlalchemy.exc import OperationalError
from sqlalchemy.util import await_only

BUSY_MILLISECONDS = 5000
"""How long to wait for a lock that another process holds."""

BEGIN_WRITE = "BEGIN IMMEDIATE"
"""Takes the write lock at once; a read that turns into a write could fail half-way."""


async def _to_the_end(work: Awaitable[Any]) -> Any:
    """Wait for the thread even when cancelled: a lock taken after we stopped looking would never be given back."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class DirectCursor:
    """A DBAPI cursor whose rows are read at once."""

    server_side = False
    arraysize = 1

    def __init__(self, connection: "DirectConnection") -> None:
        self._connection = connection
        self._rows: collections.deque[Any] = collections.deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = -1

    def execute(self, operation: str, parameters: Sequence[Any] | None = None) -> None:
        """Run one statement and take all of its rows."""
        if operation == BEGIN_WRITE:
            self._connection.begin_write()
            return
        try:
            cursor = self._connection.raw.execute(operation, parameters or ())
            self.description = cursor.description
            if cursor.description:
                self._rows.extend(cursor.fetchall())
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
            cursor.close()
        except Exception as error:  # noqa: BLE001 - the adapter turns driver errors into SQLAlchemy's
            self._connection.translate(error)

    def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        try:
            cursor = self._connection.raw.executemany(operation, parameters)
            self.description, self.rowcount, self.lastrowid = None, cursor.rowcount, cursor.lastrowid
            cursor.close()
        except Exception as error:  # noqa: BLE001 - as above
            self._connection.translate(error)

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """At most `size` rows."""
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        """Every row that is left."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def setinputsizes(self, *sizes: object) -> None:
        """Nothing to prepare in SQLite."""

    async def _async_soft_close(self) -> None:
        """Asked for by SQLAlchemy's asyncio layer; the rows are here already."""

    def close(self) -> None:
        """Forget what was not read."""
        self._rows.clear()


class DirectConnection(AsyncAdapt_aiosqlite_connection):
    """SQLAlchemy's adapter of aiosqlite, with the cursor above and waiting kept in the thread."""

    __slots__ = ("_changes_before",)
    _cursor_cls = DirectCursor  # type: ignore[assignment]  # a DBAPI cursor of its own, not the stock adapter

    @property
    def raw(self) -> sqlite3.Connection:
        """The standard library's connection underneath."""
        connection: sqlite3.Connection = self._connection._conn
        return connection

    def translate(self, error: Exception) -> None:
        """Raise the driver's error in the form that SQLAlchemy expects."""
        self._handle_exception(error)

    def begin_write(self) -> None:
        """Take the write lock, waiting in the thread for at most the busy time-out."""
        try:
            await_only(_to_the_end(self._connection.execute(BEGIN_WRITE)))
        except Exception as error:  # noqa: BLE001 - as above
            self._handle_exception(error)

    async def take_write_lock(self) -> None:
        """As `begin_write`, for callers outside of SQLAlchemy: at once where the lock is free, which it mostly is."""
        self.raw.execute("PRAGMA busy_timeout=0")
        try:
            self.raw.execute(BEGIN_WRITE)
        except sqlite3.OperationalError:
            await self._wait_for_write_lock()
        finally:
            self.raw.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        self._changes_before = self.raw.total_changes

    async def _wait_for_write_lock(self) -> None:
        self.raw.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        try:
            await _to_the_end(self._connection.execute(BEGIN_WRITE))
        except sqlite3.OperationalError as error:
            raise OperationalError(BEGIN_WRITE, None, error) from error

    async def flush_to_disk(self) -> None:
        """As `commit`, for callers outside of SQLAlchemy; at once where no row was changed meanwhile."""
        if not self.raw.in_transaction:
            return
        if self.raw.total_changes == self._changes_before:
            self.raw.commit()
            return
        try:
            await _to_the_end(self._connection.commit())
        except sqlite3.OperationalError as error:
            raise OperationalError("COMMIT", None, error) from error

    def commit(self) -> None:
        """Wait for the disk in the thread, and only where something may have been written."""
        if not self.raw.in_transaction:
            return
        try:
            await_only(_to_the_end(self._connection.commit()))
        except Exception as error:  # noqa: BLE001 - as above
            self._handle_exception(error)

    def rollback(self) -> None:
        """There is nothing to wait for."""
        if self._connection._connection and self.raw.in_transaction:
            self.raw.rollback()


class DirectDbapi(AsyncAdapt_aiosqlite_dbapi):
    """The driver module that SQLAlchemy's dialect is given in place of its plain adapter of aiosqlite."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arguments: Any, **keywords: Any) -> DirectConnection:
        """Open a connection used by the loop's thread and by aiosqlite's, one at a time."""
        keywords["check_same_thread"] = False
        keywords["isolation_level"] = None
        connection = aiosqlite.connect(*arguments, **keywords)
        connection._thread.daemon = True
        opened: Any = await_only(connection)
        return DirectConnection(self, opened)


def driver_of(connection: Connection) -> DirectConnection:
    """The driver's connection under one of SQLAlchemy's."""
    driver: Any = connection.connection.dbapi_connection
    assert isinstance(driver, DirectConnection)
    return driver
