"""The few statements that differ between SQLite and PostgreSQL, one function each."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Table, Text, UniqueConstraint, cast, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import Executable
from sqlalchemy.sql.functions import GenericFunction

from models.base import Base
from models.engine import ReadTx


class json_holds(GenericFunction[bool]):  # noqa: N801 - reads as the SQL function that it is
    """True where a JSON list of numbers holds the number."""

    inherit_cache = True


@compiles(json_holds, "sqlite")
def _sqlite_holds(element: Any, compiler: Any, **keywords: Any) -> str:
    column, value = (compiler.process(clause, **keywords) for clause in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE json_each.value = {value})"  # noqa: S608 - bound values


@compiles(json_holds, "postgresql")
def _postgres_holds(element: Any, compiler: Any, **keywords: Any) -> str:
    column, value = element.clauses
    return compiler.process(  # type: ignore[no-any-return]  # the compiler is untyped
        cast(column, JSONB).contains(cast(func.to_jsonb(cast(value, BigInteger)), JSONB)), **keywords
    )


class json_names(GenericFunction[bool]):  # noqa: N801 - reads as the SQL function that it is
    """True where a JSON list of texts holds the text."""

    inherit_cache = True


@compiles(json_names, "sqlite")
def _sqlite_names(element: Any, compiler: Any, **keywords: Any) -> str:
    return _sqlite_holds(element, compiler, **keywords)


@compiles(json_names, "postgresql")
def _postgres_names(element: Any, compiler: Any, **keywords: Any) -> str:
    column, value = element.clauses
    return compiler.process(  # type: ignore[no-any-return]  # the compiler is untyped
        cast(column, JSONB).contains(cast(func.to_jsonb(cast(value, Text)), JSONB)), **keywords
    )


class has_files(GenericFunction[bool]):  # noqa: N801 - reads as the SQL function that it is
    """True where the details of a post name files (`models/details.py`)."""

    inherit_cache = True


@compiles(has_files, "sqlite")
def _sqlite_files(element: Any, compiler: Any, **keywords: Any) -> str:
    (column,) = (compiler.process(clause, **keywords) for clause in element.clauses)
    return f"(json_extract({column}, '$.files') IS NOT NULL)"


@compiles(has_files, "postgresql")
def _postgres_files(element: Any, compiler: Any, **keywords: Any) -> str:
    (column,) = (compiler.process(clause, **keywords) for clause in element.clauses)
    return f"({column} -> 'files' IS NOT NULL)"


class hour_of(GenericFunction[int]):  # noqa: N801 - reads as the SQL function that it is
    """Whole hours from 1970 to an instant."""

    type = BigInteger()
    inherit_cache = True


@compiles(hour_of, "sqlite")
def _sqlite_hour(element: Any, compiler: Any, **keywords: Any) -> str:
    (column,) = (compiler.process(clause, **keywords) for clause in element.clauses)
    return f"({column} / 3600000000)"


@compiles(hour_of, "postgresql")
def _postgres_hour(element: Any, compiler: Any, **keywords: Any) -> str:
    (column,) = (compiler.process(clause, **keywords) for clause in element.clauses)
    return f"CAST(floor(extract(epoch FROM {column}) / 3600) AS BIGINT)"


def insert_or_ignore(tx: ReadTx, table: type[Base]) -> Any:
    """An INSERT that leaves a row alone that is there already, on whatever unique key that says so.

    An id that we made says nothing: where it is another row's by chance, that is an error, and the next id is tried.
    """
    return _insert_or_ignore(tx.dialect, table.__table__)


@cache
def _insert_or_ignore(dialect: str, table: Table) -> Any:
    statement = sqlite_insert(table) if dialect == "sqlite" else postgres_insert(table)
    return statement.on_conflict_do_nothing(index_elements=_key_besides_made_id(table))


def _key_besides_made_id(table: Table) -> list[str] | None:
    """The columns that tell rows from each other where their id is made by us; None: any key does."""
    made = table.columns.get("id")
    if made is None or not made.primary_key or made.autoincrement is not False:
        return None
    keys = [one.columns.keys() for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [one.columns.keys() for one in table.indexes if one.unique]
    assert len(keys) == 1, f"{table.name} has not just one key besides its id"
    return keys[0]


def upsert(
    tx: ReadTx, table: type[Base], keys: Sequence[str], changed: Sequence[str], counted: str | None = None
) -> Any:
    """An INSERT that replaces the columns `changed` of the row with the same `keys`, and counts `counted` up there."""
    statement = sqlite_insert(table) if tx.dialect == "sqlite" else postgres_insert(table)
    values: dict[str, Any] = {name: statement.excluded[name] for name in changed}
    if counted is not None:
        values[counted] = table.__table__.c[counted] + 1
    return statement.on_conflict_do_update(index_elements=list(keys), set_=values)


def lock_audit_trail(tx: ReadTx) -> Executable | None:
    """What makes writers of the audit chain queue up; on SQLite every writer does anyway."""
    return None if tx.dialect == "sqlite" else text("SELECT pg_advisory_xact_lock(7601)")


def numbers(tx: ReadTx, values: Any) -> Any:
    """A table expression with one column `value`: the whole numbers in a JSON list given as text."""
    if tx.dialect == "sqlite":
        return func.json_each(values).table_valued("value", name="numbers")
    return func.jsonb_array_elements_text(cast(values, JSONB)).table_valued("value", name="numbers").render_derived()


def as_number(tx: ReadTx, value: Any) -> Any:
    """A column of `numbers`, comparable with an id."""
    return value if tx.dialect == "sqlite" else cast(value, BigInteger)


def lock_discreet(tx: ReadTx) -> Executable | None:
    """What makes discreet questions queue up to be counted, so that none passes its limit beside another (J6)."""
    return None if tx.dialect == "sqlite" else text("SELECT pg_advisory_xact_lock(7603)")


def lock_sign_in_tries(tx: ReadTx) -> Executable | None:
    """What makes tries of passwords queue up to be counted, so that none passes a limit beside another (T122)."""
    return None if tx.dialect == "sqlite" else text("SELECT pg_advisory_xact_lock(7602)")
