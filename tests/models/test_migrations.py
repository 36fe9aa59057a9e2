"""The migrations lead to the tables that the code has, on both databases, whole or not at all."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from models import schema
from models.engine import Database
from models.inbox import LANES, InboxLane
from models.migrate import SchemaError, Upgrade, current, is_compared, upgrade, with_connection
from models.tables import metadata
from tests.support.databases import run


def differences(connection: sa.Connection) -> list[object]:
    opts = {"compare_type": True, "target_metadata": metadata, "include_object": is_compared}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, metadata))


async def test_an_upgraded_empty_database_has_exactly_the_tables_of_the_code(empty_database_url: str) -> None:
    done = await upgrade(empty_database_url)

    assert done == Upgrade(before=None, after=schema.head())
    assert await with_connection(empty_database_url, differences) == []


async def test_the_comparison_would_see_a_missing_index_and_a_changed_column(database_url: str) -> None:
    def spoil(connection: sa.Connection) -> list[object]:
        connection.execute(sa.text("DROP INDEX ix_posts_author"))
        connection.execute(sa.text("ALTER TABLE posts DROP COLUMN spoiler"))
        return differences(connection)

    assert len(await with_connection(database_url, spoil)) == 2


async def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    assert await upgrade(database_url) == Upgrade(before=schema.head(), after=schema.head())


async def test_every_inbox_lane_is_there(database: Database) -> None:
    async with database.read() as tx:
        lanes = await tx.select(sa.select(InboxLane.lane).order_by(InboxLane.lane))

    assert [row[0] for row in lanes] == list(range(LANES))


def test_an_empty_database_has_no_revision_and_looking_creates_nothing(sqlite_url: str, tmp_path: Path) -> None:
    assert run(current(sqlite_url)) is None
    assert list(tmp_path.iterdir()) == []


async def test_the_revision_is_read_from_a_migrated_database(database_url: str) -> None:
    assert await current(database_url) == schema.head()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database, database_url: str) -> None:
    """T225."""
    async with database.write() as tx:
        await tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaError, match="9999"):
        await upgrade(database_url)
    assert await current(database_url) == "9999"


async def test_a_migration_that_fails_half_way_leaves_the_schema_as_it_was(empty_database_url: str) -> None:
    """T224."""

    def half(connection: sa.Connection) -> None:
        metadata.create_all(connection)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await with_connection(empty_database_url, half)

    assert await with_connection(empty_database_url, lambda connection: sa.inspect(connection).get_table_names()) == []


async def test_a_migration_that_would_leave_an_orphan_is_refused(migrated_sqlite_url: str) -> None:
    def orphan(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO sign_in_links VALUES ('hash', 7, 0)"))

    with pytest.raises(SchemaError, match="sign_in_links"):
        await with_connection(migrated_sqlite_url, orphan)


def test_migrations_are_one_line_whose_head_is_the_highest_number() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)

    assert scripts.get_heads() == [schema.head()]
    assert {script.revision for script in scripts.walk_revisions()} == schema.revisions()


def test_migrations_import_nothing_of_ours() -> None:
    for file in (schema.MIGRATIONS / "versions").glob("*.py"):
        lines = [line.split() for line in file.read_text().splitlines()]
        imported = {line[1].partition(".")[0] for line in lines if line[:1] in (["import"], ["from"])}

        assert imported <= {"sqlalchemy", "alembic"}, file
