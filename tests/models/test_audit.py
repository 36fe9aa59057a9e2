"""The audit trail: an act without its entry does not happen, and a changed entry is found (threats T129)."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Executable, delete, func, insert, select, update

from models.audit import AuditEntry
from models.engine import Database
from models.queries import audit
from models.queries.audit import FIRST_PREVIOUS_HASH, Verification, entries, entry_hash, verify
from models.writes.audit import append

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


async def add(database: Database, action: str, details: Mapping[str, object] | None = None) -> None:
    async with database.write() as tx:
        await append(tx, at=NOW, actor="operator", action=action, object="beta.test", details=details or {})


async def trail_of_three(database: Database) -> None:
    for action in ("partner.allow", "partner.suspend", "partner.resume"):
        await add(database, action)


async def tamper(database: Database, statement: Executable) -> Verification:
    async with database.write() as tx:
        await tx.execute(statement)
    async with database.read() as tx:
        return await verify(tx)


async def test_an_untouched_trail_holds(database: Database) -> None:
    await trail_of_three(database)

    async with database.read() as tx:
        assert await verify(tx) == Verification(3, True, None)


async def test_an_empty_trail_holds(database: Database) -> None:
    async with database.read() as tx:
        assert await verify(tx) == Verification(0, True, None)


async def test_each_entry_names_the_hash_of_the_one_before(database: Database) -> None:
    await trail_of_three(database)

    async with database.read() as tx:
        rows = [row async for row in entries(tx)]
    assert [row.previous_hash for row in rows] == [FIRST_PREVIOUS_HASH, rows[0].hash, rows[1].hash]
    assert [row.hash for row in rows] == [entry_hash(row) for row in rows]


@pytest.mark.parametrize(
    "change",
    [
        {"action": "partner.end"},
        {"actor": "ada@alpha.test"},
        {"object": "gamma.test"},
        {"details": '{"reason":"another"}'},
        {"at": NOW + timedelta(microseconds=1)},
        {"previous_hash": FIRST_PREVIOUS_HASH},
        {"hash": "f" * 64},
    ],
)
async def test_a_changed_entry_is_found(database: Database, change: dict[str, object]) -> None:
    await trail_of_three(database)

    found = await tamper(database, update(AuditEntry).where(AuditEntry.id == 2).values(**change))

    assert (found.entries, found.ok, found.first_bad) == (3, False, 2)


async def test_entries_that_changed_places_are_found(database: Database) -> None:
    """T130."""
    await trail_of_three(database)
    async with database.read() as tx:
        rows = {row.id: row async for row in entries(tx)}

    async with database.write() as tx:
        for here, there in ((2, 3), (3, 2)):
            moved = {name: getattr(rows[there], name) for name in ("action", "details", "hash", "previous_hash")}
            await tx.execute(update(AuditEntry).where(AuditEntry.id == here).values(**moved))

    async with database.read() as tx:
        assert await verify(tx) == Verification(3, False, 2, "it was changed, or put in another place")


async def test_a_removed_entry_is_found(database: Database) -> None:
    await trail_of_three(database)

    assert await tamper(database, delete(AuditEntry).where(AuditEntry.id == 2)) == Verification(
        2, False, 3, "entries 2 to 2 were removed before it"
    )


async def test_a_removed_beginning_is_found(database: Database) -> None:
    await trail_of_three(database)

    assert await tamper(database, delete(AuditEntry).where(AuditEntry.id == 1)) == Verification(
        2, False, 2, "entries 1 to 1 were removed before it"
    )


async def test_an_entry_put_in_is_found(database: Database) -> None:
    await trail_of_three(database)
    row = {"id": 4, "at": NOW, "actor": "x", "action": "x", "object": "x", "details": "{}"}

    found = await tamper(database, insert(AuditEntry).values(**row, previous_hash="0" * 64, hash="0" * 64))

    assert (found.entries, found.ok, found.first_bad) == (4, False, 4)


async def test_an_act_whose_transaction_fails_leaves_no_entry(database: Database) -> None:
    async def act() -> None:
        async with database.write() as tx:
            await append(tx, at=NOW, actor="operator", action="user.suspend", object="bob", details={})
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        await act()

    async with database.read() as tx:
        assert await audit.last(tx) is None


async def test_entries_of_acts_at_the_same_time_make_one_chain(database: Database) -> None:
    await asyncio.gather(*(add(database, f"act.{number}") for number in range(10)))

    async with database.read() as tx:
        assert await verify(tx) == Verification(10, True, None)


async def test_details_are_kept_in_one_form_whatever_their_order(database: Database) -> None:
    await add(database, "user.create", {"b": 1, "a": "é"})

    async with database.read() as tx:
        newest = await audit.last(tx)
    assert newest is not None
    assert newest.details == '{"a":"é","b":1}'


async def test_a_trail_longer_than_a_page_is_read_whole(database: Database) -> None:
    async with database.write() as tx:
        for number in range(501):
            await append(tx, at=NOW, actor="operator", action=f"act.{number}", object="o", details={})

    async with database.read() as tx:
        assert await verify(tx) == Verification(501, True, None)
        assert await tx.scalar(select(func.count()).select_from(AuditEntry)) == 501
