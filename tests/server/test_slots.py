"""Slots and streams of several processes on one PostgreSQL database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from models.engine import Database
from server.slots import SlotLost, StreamsSplit, taken
from server.system import SystemClock
from tests.support.commands import Firm
from tests.support.ports import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(("first", "second"), [(False, False), (False, True), (True, False)])
async def test_where_one_has_no_redis_there_is_no_other(migrated_postgres_url: str, first: bool, second: bool) -> None:
    one, other = Database(migrated_postgres_url), Database(migrated_postgres_url)
    async with taken(one, has_redis=first):
        with pytest.raises(StreamsSplit, match="ENTREPAIRS_REDIS_URL"):
            async with taken(other, has_redis=second):
                pass

    async with taken(other, has_redis=second) as slot:
        assert slot.number == 0
    await one.close()
    await other.close()


async def test_processes_with_redis_have_slots_of_their_own(migrated_postgres_url: str) -> None:
    one, other = Database(migrated_postgres_url), Database(migrated_postgres_url)
    async with taken(one, has_redis=True) as first, taken(other, has_redis=True) as second:
        assert (first.number, second.number) == (0, 1)
    await one.close()
    await other.close()


_HERE = "FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database()"
_HELD = f"SELECT pid {_HERE} AND objid = 7700 AND granted"
"""Whose the first slot is."""
_BESIDE = f"SELECT pid {_HERE} AND objid = 7699 AND granted"
_CUT = f"SELECT pg_terminate_backend(pid) {_HERE} AND objid = 7700 AND granted"
_QUEUED = f"SELECT count(*) {_HERE} AND locktype = 'advisory' AND NOT granted"


async def _pid(operator: asyncpg.Connection, question: str) -> int | None:
    found: int | None = await operator.fetchval(question)
    return found


@pytest.fixture
async def operator(migrated_postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Looks at the database from outside, and cuts connections."""
    connection = await asyncpg.connect(migrated_postgres_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def test_a_slot_is_taken_again_when_its_connection_is_cut(
    migrated_postgres_url: str, operator: asyncpg.Connection
) -> None:
    """And so is the lock that keeps away processes without Redis: twice, for once is no rule."""
    db, other = Database(migrated_postgres_url), Database(migrated_postgres_url)
    async with taken(db, has_redis=False) as slot:
        keeping = asyncio.ensure_future(slot.keep(SystemClock()))
        for _ in range(2):
            await _cut(operator)

            assert await _pid(operator, _BESIDE) == await _pid(operator, _HELD)
            with pytest.raises(StreamsSplit):
                async with taken(other, has_redis=True):
                    pass
        keeping.cancel()
    assert await _pid(operator, _HELD) is None
    await db.close()
    await other.close()


async def _cut(operator: asyncpg.Connection) -> None:
    """Cut the connection that has the first slot, and wait until another one has it."""
    before = await _pid(operator, _HELD)
    await operator.execute(_CUT)
    await until(lambda: _is_another(operator, before))


async def _is_another(operator: asyncpg.Connection, before: int | None) -> bool:
    return await _pid(operator, _HELD) not in (None, before)


@pytest.mark.parametrize(
    ("waits_for", "has_redis", "reason"),
    [
        ("pg_advisory_lock(7700)", True, "another server process took slot 0"),
        ("pg_advisory_lock(7699)", False, "another server process runs on this database"),
    ],
)
async def test_a_slot_that_another_process_took_meanwhile_is_given_up(
    migrated_postgres_url: str, operator: asyncpg.Connection, waits_for: str, has_redis: bool, reason: str
) -> None:
    """Two processes with one slot would make the same ids."""
    db, faster = Database(migrated_postgres_url), await asyncpg.connect(migrated_postgres_url.replace("+asyncpg", ""))
    async with taken(db, has_redis=has_redis) as slot:
        keeping = asyncio.ensure_future(slot.keep(SystemClock()))
        waiting = asyncio.ensure_future(faster.execute(f"SELECT {waits_for}"))
        await until(lambda: _is_queued(operator))
        await operator.execute(_CUT)
        await waiting

        with pytest.raises((SlotLost, StreamsSplit), match=reason):
            await keeping
    await faster.close()
    await db.close()


async def _is_queued(operator: asyncpg.Connection) -> bool:
    return await _pid(operator, _QUEUED) == 1


@pytest.mark.process
async def test_a_server_whose_slot_is_lost_stops_and_says_why(
    migrated_postgres_url: str, operator: asyncpg.Connection, tmp_path: Path
) -> None:
    bind = {"BIND": f"127.0.0.1:{free_port()}", "DATABASE_URL": migrated_postgres_url}
    firm, faster = Firm(tmp_path, settings=bind), await asyncpg.connect(migrated_postgres_url.replace("+asyncpg", ""))
    assert firm.process("migrate").status == 0
    serving = asyncio.ensure_future(asyncio.to_thread(firm.process, "serve"))
    await until(lambda: _is_another(operator, None), seconds=60)
    waiting = asyncio.ensure_future(faster.execute("SELECT pg_advisory_lock(7700)"))
    await until(lambda: _is_queued(operator))

    await operator.execute(_CUT)
    await waiting
    ended = await serving

    assert ended.status == 1
    assert "another server process took slot 0 while the database was away" in ended.errors
    await faster.close()


@pytest.mark.process
async def test_a_second_server_without_redis_is_refused_at_start(migrated_postgres_url: str, tmp_path: Path) -> None:
    """Interface section 2: REDIS_URL is needed once more than one server process runs."""
    bind = {"BIND": f"127.0.0.1:{free_port()}", "DATABASE_URL": migrated_postgres_url}
    firm = Firm(tmp_path, settings=bind)
    assert firm.process("migrate").status == 0
    database = Database(migrated_postgres_url)
    async with taken(database, has_redis=False):
        refused = firm.process("serve")

    assert refused.status == 1
    assert "another server process runs on this database" in refused.errors
    await database.close()
