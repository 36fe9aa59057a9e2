"""Copying everything from one database to an empty one of another kind, and proof that nothing was lost (T228).

Rows go as they are, ids and keys included. One transaction on each side: interrupted, the target is as empty as before.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Column, ForeignKeyConstraint, Table, delete, func, insert, literal, select, text, tuple_
from sqlalchemy.schema import AddConstraint, DropConstraint

from models.base import Searched
from models.engine import ReadTx, WriteTx
from models.tables import metadata

_ROWS: Final = 1000
"""Read and written at a time."""

_STATEMENT_TIMEOUT: Final = "30min"
"""Long enough to check every reference of a large table when all is there."""


_FIXED: Final = "inbox_lanes"
"""Its rows are made by the migrations, the same everywhere."""


class NotEmpty(Exception):
    """The target holds rows already; the message names the table."""


class Different(Exception):
    """What was read back from the target is not what was put there; the message names the table."""


class Copied(msgspec.Struct, frozen=True):
    """One table: how many rows, and what they add up to, whatever their order."""

    table: str
    rows: int
    checksum: str


async def copy_everything(source: ReadTx, target: WriteTx) -> list[Copied]:
    """Copy each table of `source`, one snapshot, to `target`, a migrated PostgreSQL database without rows.

    Raises `NotEmpty` before anything is written, and `Different` where the copy does not add up to the original.
    """
    await _require_empty(target)
    await target.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'"))
    references = [constraint for table in metadata.sorted_tables for constraint in table.foreign_key_constraints]
    # A reply may have a lower id than what it answers: no order of rows suits every reference.
    await _drop(target, references)
    copied = [await _copy(source, target, table) for table in metadata.sorted_tables]
    await _restore(target, references)
    return copied


async def _require_empty(target: WriteTx) -> None:
    for table in metadata.sorted_tables:
        if table.name != _FIXED and await target.scalar(select(*table.primary_key).limit(1)) is not None:
            raise NotEmpty(f"the table {table.name} holds rows already")
    await target.execute(delete(metadata.tables[_FIXED]))


async def _drop(target: WriteTx, references: Iterable[ForeignKeyConstraint]) -> None:
    for reference in references:
        await target.execute(DropConstraint(reference))


async def _restore(target: WriteTx, references: Iterable[ForeignKeyConstraint]) -> None:
    """Each reference again, which checks that it is kept by every row."""
    for reference in references:
        await target.execute(AddConstraint(reference))


async def _copy(source: ReadTx, target: WriteTx, table: Table) -> Copied:
    original = _Sum(table)
    async for rows in _batches(source, table):
        original.add(rows)
        await target.execute(insert(table), rows)
    copy = _Sum(table)
    async for rows in _batches(target, table):
        copy.add(rows)
    if (copy.rows, copy.checksum) != (original.rows, original.checksum):
        raise Different(f"{original.rows} rows of {table.name} were copied, and what is there now is not the same")
    await _count_on(target, table)
    return Copied(str(table.name), original.rows, original.checksum)


async def _count_on(target: WriteTx, table: Table) -> None:
    """Go on counting behind the highest id, where the database gives ids."""
    for column in table.primary_key:
        if column.autoincrement is True:
            highest = await target.scalar(select(func.max(column)))
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            await target.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest is not None)))


async def _batches(tx: ReadTx, table: Table) -> AsyncIterator[list[dict[str, Any]]]:
    """All rows by primary key, some at a time. Texts may sort differently on either side: it does not matter."""
    columns = stored_columns(table)
    key = list(table.primary_key)
    query = select(*columns).order_by(*key).limit(_ROWS)
    after: tuple[Any, ...] | None = None
    while True:
        page = query if after is None else query.where(tuple_(*key) > tuple_(*_bound(key, after)))
        rows = [dict(row) for row in (await tx.select(page)).mappings()]
        if rows:
            yield rows
        if len(rows) < _ROWS:
            return
        after = tuple(rows[-1][column.name] for column in key)


def stored_columns(table: Table) -> list[Column[Any]]:
    """Those that rows bring along; the others the database works out."""
    return [column for column in table.columns if column.computed is None]


def _bound(key: Iterable[Column[Any]], values: Iterable[Any]) -> list[Any]:
    return [literal(value, column.type) for column, value in zip(key, values, strict=True)]


class _Sum:
    """Adds up the hashes of rows: the same rows give the same sum in any order."""

    def __init__(self, table: Table) -> None:
        # What is searched has another form on each side, made from what the other columns say.
        self._names = [column.name for column in stored_columns(table) if not isinstance(column.type, Searched)]
        self._total = 0
        self.rows = 0

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count these in."""
        for row in rows:
            written = msgspec.json.encode([row[name] for name in self._names], order="sorted")
            self._total += int.from_bytes(sha256(written).digest(), "big")
            self.rows += 1

    @property
    def checksum(self) -> str:
        """256 bits as hexadecimal digits."""
        return f"{self._total % (1 << 256):064x}"
