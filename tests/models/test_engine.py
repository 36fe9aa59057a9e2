"""Transactions: whole or not at all, one writer after the other, and no writing where only reading was asked for."""

import asyncio

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.actors import ServerState
from models.engine import WRITE_OPEN, Database, ReadTx, WriteTx
from models.queries import state
from models.writes.state import bump_revision, record
from tests.support.haste import as_in_production
from tests.support.waiting import PATIENCE_SECONDS


async def names(db: Database) -> set[str]:
    async with db.read() as tx:
        return {row[0] for row in await tx.select(select(ServerState.name))}


async def fail_half_way(db: Database) -> None:
    async with db.write() as tx:
        await record(tx, "lost", "")
        tx.wake("lost")
        raise RuntimeError("half-way")


async def test_what_a_write_did_is_there_afterwards(database: Database) -> None:
    async with database.write() as tx:
        await record(tx, "kept", "")

    assert await names(database) == {"kept"}


async def test_a_write_that_fails_is_rolled_back_whole(database: Database) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        await fail_half_way(database)

    assert await names(database) == set()


async def test_a_write_that_breaks_a_constraint_is_rolled_back_whole(database: Database) -> None:
    row = {"name": "twice", "number": 0, "text": ""}

    async def insert_twice() -> None:
        async with database.write() as tx:
            await record(tx, "lost", "")
            await tx.execute(insert(ServerState), [row, row])

    with pytest.raises(IntegrityError):
        await insert_twice()

    assert await names(database) == set()


async def test_the_database_is_usable_after_a_failed_write(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await fail_half_way(database)
    async with database.write() as tx:
        await record(tx, "after", "")

    assert await names(database) == {"after"}


async def test_a_write_that_fails_before_its_first_statement_gives_the_lock_back(database_url: str) -> None:
    """Refused before anything was asked of the database: nothing stays open, here or for another process."""
    first, second = Database(database_url), Database(database_url)

    async def refuse_at_once() -> None:
        async with first.write():
            raise RuntimeError("refused")

    try:
        with pytest.raises(RuntimeError, match="refused"):
            await refuse_at_once()
        assert await names(first) == set()
        async with asyncio.timeout(PATIENCE_SECONDS), second.write() as tx:
            await record(tx, "after", "")
        assert await names(first) == {"after"}
    finally:
        await first.close()
        await second.close()


async def test_a_write_that_does_nothing_gives_the_lock_back(database_url: str) -> None:
    first, second = Database(database_url), Database(database_url)
    try:
        async with first.write():
            pass
        async with asyncio.timeout(PATIENCE_SECONDS), second.write() as tx:
            await record(tx, "after", "")
        assert await names(first) == {"after"}
    finally:
        await first.close()
        await second.close()


async def test_a_read_transaction_cannot_write_on_postgresql(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url)
    try:
        with pytest.raises(DBAPIError, match="read-only"):
            async with database.read() as tx:
                await tx._run(insert(ServerState), {"name": "n", "number": 0, "text": ""})
    finally:
        await database.close()


def test_a_read_transaction_has_no_way_to_write() -> None:
    assert not hasattr(ReadTx, "execute")
    assert hasattr(WriteTx, "execute")


async def test_a_read_sees_one_state_while_others_write(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    try:
        async with database.read() as reading:
            assert await state.revision(reading, "peers") == 0
            async with database.write() as tx:
                await bump_revision(tx, "peers")

            assert await state.revision(reading, "peers") == 0
        async with database.read() as reading:
            assert await state.revision(reading, "peers") == 1
    finally:
        await database.close()


async def test_it_is_known_while_a_write_is_open(database: Database) -> None:
    assert not WRITE_OPEN.get()
    async with database.write():
        assert WRITE_OPEN.get()
    assert not WRITE_OPEN.get()


async def test_another_task_is_not_taken_for_the_writer(database: Database) -> None:
    is_writing, may_end = asyncio.Event(), asyncio.Event()

    async def writer() -> None:
        async with database.write():
            is_writing.set()
            await may_end.wait()

    task = asyncio.create_task(writer())
    await is_writing.wait()

    assert not WRITE_OPEN.get()
    may_end.set()
    await task


async def test_a_failed_write_is_no_longer_open(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await fail_half_way(database)

    assert not WRITE_OPEN.get()


async def test_concurrent_writers_lose_no_increment(database: Database) -> None:
    async def bump() -> None:
        async with database.write() as tx:
            await bump_revision(tx, "peers")

    await asyncio.gather(*(bump() for _ in range(20)))

    async with database.read() as tx:
        assert await state.revision(tx, "peers") == 20


async def test_two_databases_on_one_file_lose_no_increment(database_url: str) -> None:
    databases = [Database(database_url), Database(database_url)]

    async def bump(database: Database) -> None:
        async with database.write() as tx:
            await bump_revision(tx, "peers")

    try:
        await asyncio.gather(*(bump(database) for database in databases * 5))
        async with databases[0].read() as tx:
            assert await state.revision(tx, "peers") == 10
    finally:
        for database in databases:
            await database.close()


async def test_a_cancelled_writer_gives_the_lock_back_and_leaves_nothing(database: Database) -> None:
    is_writing = asyncio.Event()

    async def writer() -> None:
        async with database.write() as tx:
            await record(tx, "lost", "")
            is_writing.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(writer())
    await is_writing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(PATIENCE_SECONDS), database.write() as tx:
        await record(tx, "kept", "")

    assert await names(database) == {"kept"}


async def test_a_writer_cancelled_while_it_waits_for_the_lock_takes_none(database: Database) -> None:
    may_end = asyncio.Event()
    is_writing = asyncio.Event()

    async def first() -> None:
        async with database.write() as tx:
            await record(tx, "first", "")
            is_writing.set()
            await may_end.wait()

    async def second() -> None:
        async with database.write() as tx:
            await record(tx, "first", "")

    holder = asyncio.create_task(first())
    await is_writing.wait()
    waiter = asyncio.create_task(second())
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    may_end.set()
    await holder
    async with asyncio.timeout(PATIENCE_SECONDS), database.write() as tx:
        await record(tx, "third", "")

    assert await names(database) == {"first", "third"}


async def test_channels_are_woken_after_the_commit_and_not_after_a_failure(database_url: str) -> None:
    woken: list[str] = []
    database = Database(database_url, on_commit=woken.append)
    try:
        async with database.write() as tx:
            tx.wake("sender")
            assert woken == []
        assert woken == ["sender"]

        with pytest.raises(RuntimeError):
            await fail_half_way(database)
        assert woken == ["sender"]
    finally:
        await database.close()


async def test_sqlite_keeps_what_was_answered_and_checks_references(migrated_sqlite_url: str) -> None:
    """WAL with synchronous=FULL survives a power cut (threats 2.1)."""
    database = Database(migrated_sqlite_url)
    try:
        with as_in_production():
            async with database.engine.connect() as connection:

                def pragma(name: str) -> object:
                    return connection.sync_connection.exec_driver_sql(f"PRAGMA {name}").scalar()

                assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
    finally:
        await database.close()


async def test_postgresql_ends_a_statement_that_takes_too_long(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url)
    try:
        async with database.read() as tx:
            setting = await tx.scalar(select(func.current_setting("statement_timeout")))
    finally:
        await database.close()

    assert setting == "5s"


async def test_a_connection_that_postgresql_closed_is_replaced(migrated_postgres_url: str) -> None:
    """Its restart costs no request, though no connection is asked whether it lives."""
    database, operator = Database(migrated_postgres_url), Database(migrated_postgres_url)
    try:
        for begin in (database.read, database.write):
            async with begin() as tx:
                before = await tx.scalar(select(func.pg_backend_pid()))
            async with operator.write() as tx:
                assert await tx.scalar(select(func.pg_terminate_backend(before, 5000)))
            async with begin() as tx:
                assert await tx.scalar(select(func.pg_backend_pid())) != before
    finally:
        await database.close()
        await operator.close()
