"""Compiled statements are found by the statement itself, and never another's."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, literal, select

from models.engine import Database
from models.statement_cache import StatementCache


def key(structure: object, *columns: str) -> Any:
    return ("dialect", structure, columns, False, False)


def test_what_was_compiled_is_found_again_and_again() -> None:
    cache, structure = StatementCache(), ("a", "b")
    assert cache.get(key(structure)) is None
    cache[key(structure)] = "compiled"

    assert [cache.get(key(structure)) for _ in range(4)] == ["compiled"] * 4


def test_equal_structures_share_what_was_compiled() -> None:
    cache, parts = StatementCache(), ["a", "b"]
    cache[key(tuple(parts))] = "compiled"

    assert [cache.get(key(tuple(parts))) for _ in range(200)] == ["compiled"] * 200


def test_other_columns_are_another_statement() -> None:
    cache, structure = StatementCache(), ("a", "b")
    cache[key(structure, "x")] = "x"
    cache[key(structure, "y")] = "y"

    assert [cache.get(key(structure, name)) for name in ("x", "y", "x", "y", "x", "y")] == ["x", "y"] * 3
    assert cache.get(key(structure, "z")) is None


@pytest.mark.parametrize("count", [1, 3, 100])
async def test_statements_of_one_shape_keep_their_own_values(count: int, tmp_path: Path) -> None:
    """What is built anew for each call is as SQLAlchemy's cache has it; what lasts takes its parameters."""
    db, lasting = Database(f"sqlite+aiosqlite:///{tmp_path}/a.db"), select(bindparam("given", type_=literal(1).type))

    async with db.read() as tx:
        for number in range(count):
            assert await tx.scalar(select(literal(number))) == number
            assert (await tx.select(lasting, {"given": number})).scalar() == number
    await db.close()
