"""Classes of `Base` are tables with typed columns, and stand for them in statements."""

import subprocess
import sys
from datetime import datetime

import pytest
from sqlalchemy import BigInteger, MetaData, String, Text, func, select

from models.base import Base, Stored, UtcDateTime, aliased, column


class Things(Base):
    """Of this test alone."""

    __tablename__ = "things"
    metadata = MetaData()

    id: Stored[int] = column(primary_key=True)
    name: Stored[str] = column(String(20))
    note: Stored[str | None] = column(Text, index=True)
    made_at: Stored[datetime]
    seen_at: Stored[datetime | None]


def test_a_column_is_of_the_type_and_takes_null_as_its_annotation_says() -> None:
    columns = Things.__table__.columns

    assert columns.keys() == ["id", "name", "note", "made_at", "seen_at"]
    assert {one.name for one in columns if one.nullable} == {"note", "seen_at"}
    assert isinstance(columns["id"].type, BigInteger)
    assert isinstance(columns["made_at"].type, UtcDateTime)
    assert isinstance(columns["note"].type, Text)
    assert [one.name for one in Things.__table__.primary_key] == ["id"]
    assert Things.id is columns["id"]


def test_a_class_stands_for_its_table() -> None:
    statement = select(func.count()).select_from(Things).where(Things.name == "x")

    assert str(statement) == "SELECT count(*) AS count_1 \nFROM things \nWHERE things.name = :name_1"


def test_the_same_table_under_another_name_has_its_columns_and_no_others() -> None:
    other = aliased(Things, name="other")

    statement = select(Things.id).join(other, other.id == Things.id).where(other.note.is_(None))

    assert str(statement) == (
        "SELECT things.id \nFROM things JOIN things AS other ON other.id = things.id \nWHERE other.note IS NULL"
    )
    with pytest.raises(AttributeError):
        _ = other.nothing  # type: ignore[attr-defined]


def test_a_server_loads_nothing_of_the_orm() -> None:
    """It takes fifteen megabytes, and nothing here has an identity or a session."""
    script = "import sys, server.app, models.schema; print([name for name in sys.modules if name == 'sqlalchemy.orm'])"

    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == "[]\n"
