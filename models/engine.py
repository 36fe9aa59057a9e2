"""The database: `read()` and `write()` give a `ReadTx` or a `WriteTx`, on SQLite and on PostgreSQL alike.

Transactions are opened at the edges only (endpoint, intake, processor, sender, command); all else takes one as first
argument. A `WriteTx` is a `ReadTx`, not the other way round, so the type checker stops a write on a read transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Executable, Select, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.sql import CompoundSelect

from models.connections import AsyncConnection, AsyncEngine, Parameters, Rows
from models.signals import Signal
from models.sqlite import BUSY_MILLISECONDS, DirectDbapi, driver_of
from models.statement_cache import StatementCache

WRITE_OPEN: ContextVar[bool] = ContextVar("write_open", default=False)
"""True while this task holds a write transaction: no network call may happen then (architecture section 8)."""

Columns = Select[*tuple[Any, ...]]
"""A query with any columns."""

Query = Columns | CompoundSelect[*tuple[Any, ...]]

_STATEMENT_SECONDS = 5
_PREPARED = 1000
"""Statements that a PostgreSQL connection keeps prepared: more than there are kinds."""

_JSON: dict[str, Any] = {
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


class ReadTx:
    """A transaction that only reads."""

    __slots__ = ("_connection", "_direct", "dialect")

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name
        """`sqlite` or `postgresql`."""
        # SQLite's statements wait for nothing (models/sqlite.py), so they need no change of greenlet either.
        self._direct = connection.sync_connection if self.dialect == "sqlite" else None

    async def select(self, query: Query, parameters: Mapping[str, object] | None = None) -> Rows:
        """Rows of a query."""
        return await self._run(query, parameters)

    async def scalar(self, query: Query) -> Any:
        """First column of the first row, or None."""
        return (await self._run(query, None)).scalar()

    async def _run(self, statement: Executable, parameters: Parameters) -> Rows:
        if self._direct is not None:
            return self._direct.execute(statement, parameters)
        return await self._connection.execute(statement, parameters)


class WriteTx(ReadTx):
    """A transaction that may write. Made by `Database.write` only; commits when its block ends without an error."""

    __slots__ = ("signals", "woken")

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self.woken: set[str] = set()
        self.signals: list[Signal] = []

    async def execute(self, statement: Executable, parameters: Parameters = None) -> Rows:
        """Run one statement, for one or for many rows."""
        return await self._run(statement, parameters)

    def wake(self, channel: str) -> None:
        """Once this transaction is committed, tell whoever waits on the channel."""
        self.woken.add(channel)

    def signal(self, what: str, subject_id: int, at: datetime | None = None) -> None:
        """Once this transaction is committed, tell open streams what changed (`models/signals.py`). Costs nothing."""
        self.signals.append(Signal(what, subject_id, at))


class Database:
    """One engine and its rules. `on_commit` is given each channel that a committed transaction woke, `on_signals` what
    it changed that streams may show.
    """

    def __init__(
        self,
        url: str,
        *,
        on_commit: Callable[[str], None] = lambda _: None,
        on_signals: Callable[[Sequence[Signal]], None] = lambda _: None,
        pool_size: int = 10,
    ) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url, pool_size) if self.is_sqlite else _postgres_engine(url, pool_size)
        """Where writes go."""
        self.read_engine = self.engine if self.is_sqlite else _postgres_read_engine(url, pool_size)
        self._on_commit = on_commit
        self._on_signals = on_signals
        self._idle: list[AsyncConnection] = []
        # Writers of this process queue here, in order, instead of polling for SQLite's lock in as many threads.
        self._writing = asyncio.Lock() if self.is_sqlite else nullcontext()

    @property
    def has_one_process(self) -> bool:
        """No other worker can be at work on it: a second `serve` on one SQLite file is refused at start."""
        return self.is_sqlite

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTx]:
        """A read-only transaction: on SQLite one snapshot, on PostgreSQL one for each statement (READ COMMITTED)."""
        if not self.is_sqlite:
            async with self.read_engine.connect() as connection:
                yield ReadTx(connection)
            return
        async with self._connection() as connection:
            connection.sync_connection.exec_driver_sql("BEGIN")
            yield ReadTx(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteTx]:
        """A read-write transaction: committed at the end of the block, rolled back whole by an exception."""
        token = WRITE_OPEN.set(True)
        try:
            async with self._writing, self._connection() as connection:
                if self.is_sqlite:
                    await driver_of(connection.sync_connection).take_write_lock()
                tx = WriteTx(connection)
                yield tx
                if self.is_sqlite:
                    await driver_of(connection.sync_connection).flush_to_disk()
                    connection.sync_connection.commit()
                else:
                    await connection.commit()
        finally:
            WRITE_OPEN.reset(token)
        for channel in tx.woken:
            self._on_commit(channel)
        if tx.signals:
            self._on_signals(tx.signals)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection, rolled back afterwards. SQLite's are kept at hand: a trip through the pool costs ten reads."""
        if not self.is_sqlite:
            async with self.engine.connect() as connection:
                yield connection
            return
        connection = self._idle.pop() if self._idle else await self.engine.open()
        try:
            yield connection
        except DBAPIError:
            await connection.close()
            raise
        finally:
            if not connection.closed:
                connection.sync_connection.rollback()
                # A write that failed before its first statement was begun below SQLAlchemy, which knows of none.
                driver_of(connection.sync_connection).rollback()
                self._idle.append(connection)

    @property
    def engines(self) -> list[AsyncEngine]:
        """Each engine once."""
        return [self.engine] if self.read_engine is self.engine else [self.engine, self.read_engine]

    async def close(self) -> None:
        """Give every connection back."""
        while self._idle:
            await self._idle.pop().close()
        for engine in self.engines:
            await engine.dispose()


def _sqlite_engine(url: str, pool_size: int) -> AsyncEngine:
    engine = AsyncEngine(
        url,
        module=DirectDbapi(),
        pool_size=pool_size,
        max_overflow=pool_size * 4,
        hide_parameters=True,
        execution_options={"compiled_cache": StatementCache()},
        **_JSON,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        # FULL: with NORMAL a power cut could lose commits that were already answered with 202 (threats 2.1).
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _postgres_engine(
    url: str, pool_size: int, server_settings: dict[str, str] | None = None, **options: Any
) -> AsyncEngine:
    milliseconds = str(_STATEMENT_SECONDS * 1000)
    engine = AsyncEngine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        execution_options={"compiled_cache": StatementCache()},
        **_JSON,
        **options,
        connect_args={
            "server_settings": {"statement_timeout": milliseconds, "timezone": "UTC", **(server_settings or {})},
            "prepared_statement_cache_size": _PREPARED,
        },
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def replace_if_lost(connection: Any, *_: object) -> None:
        # The driver notices when the server hangs up: asking on every check-out would cost three round trips.
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the server closed the connection")

    return engine


def _postgres_read_engine(url: str, pool_size: int) -> AsyncEngine:
    """Connections that cannot write, on which a statement is a transaction: one round trip instead of four."""
    return _postgres_engine(url, pool_size, {"default_transaction_read_only": "on"}, isolation_level="AUTOCOMMIT")
