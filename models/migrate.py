"""The way from the revision that a database has to the one that this code needs.

A whole upgrade is one transaction, on SQLite too, and only one runs at a time: killed anywhere it leaves the schema
as it was (threats T224). The steps are in `models/migrations/versions`, one line without branches, numbered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext

from models import schema
from models.engine import Database
from models.sqlite import BEGIN_WRITE

# Long enough to rewrite a large table, short enough that a stuck one is noticed the same day.
_STATEMENT_TIMEOUT = "30min"
# A migration that waits for a table makes everybody behind it wait as well: rather give up and try again.
_LOCK_TIMEOUT = "5s"
_ONE_AT_A_TIME = 7602

T = TypeVar("T")


class SchemaError(Exception):
    """The database cannot be brought to this code's revision; the message says why."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What `upgrade` did. `before` is None for a database that was empty."""

    before: str | None
    after: str


async def current(url: str) -> str | None:
    """The revision of the database; None where it was never migrated. Creates nothing."""
    if _is_missing_file(url):
        return None
    database = Database(url, pool_size=1)
    try:
        async with database.read() as tx:
            return await schema.revision(tx)
    finally:
        await database.close()


async def upgrade(url: str) -> Upgrade:
    """Bring the database to `schema.head()`. Does nothing where it is there already.

    Raises `SchemaError` for a database that a newer version has migrated (threats T225).
    """
    return await with_connection(url, _upgrade)


def is_compared(_: object, name: str | None, kind: str, *further: object) -> bool:
    """What alembic compares with the tables of the code: not the index of words, which each database has its own way
    (tables on SQLite). A test asks for the plan instead.
    """
    return not (kind in ("table", "index") and (name or "").startswith(("post_search", "ix_posts_words")))


def _upgrade(connection: sa.Connection) -> Upgrade:
    before = MigrationContext.configure(connection).get_current_revision()
    if before is not None and before not in schema.revisions():
        raise SchemaError(
            f"the database is at revision {before}, which this version does not know (it ends at {schema.head()}): "
            "a newer version has migrated it; install that version, or restore a backup"
        )
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, schema.head())
    return Upgrade(before, schema.head())


async def with_connection(url: str, work: Callable[[sa.Connection], T]) -> T:
    """Run `work` in one transaction that may change the schema; commit when it returns."""
    database = Database(url, pool_size=1)
    try:
        async with database.engine.connect() as connection:
            if database.is_sqlite:
                # Copying a table drops the old one, and with it, were they enforced, every row that refers to it.
                await connection.run_sync(_run, "PRAGMA foreign_keys=OFF")
                await connection.exec_driver_sql(BEGIN_WRITE)
            else:
                await connection.run_sync(_guard)
            result = await connection.run_sync(work)
            if database.is_sqlite:
                await connection.run_sync(_check_references)
            await connection.commit()
            return result
    finally:
        await database.close()


def _guard(connection: sa.Connection) -> None:
    _run(connection, f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'")
    _run(connection, f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
    _run(connection, f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")


def _check_references(connection: sa.Connection) -> None:
    broken = _run(connection, "PRAGMA foreign_key_check").first()
    if broken is not None:
        raise SchemaError(f"the migration would leave a row of {broken[0]} that refers to nothing; nothing was changed")


def _run(connection: sa.Connection, statement: str) -> sa.CursorResult[Any]:
    return connection.exec_driver_sql(statement)


def _is_missing_file(url: str) -> bool:
    parsed = sa.make_url(url)
    return parsed.drivername.startswith("sqlite") and not Path(parsed.database or "").exists()
