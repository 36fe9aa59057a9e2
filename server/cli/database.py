"""`entrepairs db …`: the database as a whole."""

import sys

import click
import msgspec
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from models.engine import Database
from models.migrate import SchemaError, upgrade
from models.moving import Copied, Different, NotEmpty, copy_everything
from server import one_process
from server.actions.refusals import Refused
from server.cli.running import Call, options
from server.installation import Installation


class Moved(msgspec.Struct):
    """What was copied; each table's rows add up to the same on both sides."""

    rows: int
    tables: list[Copied]


@click.group("db")
def command() -> None:
    """The database as a whole."""


@command.command("copy")
@click.option("--to", "target", required=True, metavar="URL", help="postgresql+asyncpg://…; `-`: from standard input.")
@options
@click.pass_obj
def copy(call: Call, target: str) -> None:
    """Copy everything from SQLite to an empty PostgreSQL database, and compare.

    The server must not run meanwhile. Then set DATABASE_URL to the new one; media and secrets stay where they are.
    """
    url = sys.stdin.readline().strip() if target == "-" else target

    async def work(here: Installation) -> Moved:
        return await _copy(here, _checked(url))

    call.perform(work, lambda moved: f"{moved.rows} rows in {len(moved.tables)} tables are the same on both sides")


def _checked(url: str) -> str:
    """The same, if it names a PostgreSQL database. Raises `Refused`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Refused("--to is no database address: write postgresql+asyncpg://user:password@host/name") from error
    if parsed.drivername != "postgresql+asyncpg":
        raise Refused("only PostgreSQL can be copied to: write postgresql+asyncpg://user:password@host/name")
    return url


async def _copy(here: Installation, url: str) -> Moved:
    if here.settings.sqlite_file is None:
        raise Refused("the present database is not SQLite: use pg_dump and pg_restore")
    try:
        with one_process.held(here.settings.sqlite_file):
            await upgrade(url)
            target = Database(url, pool_size=1)
            try:
                # A write transaction, so that no command changes anything while it is copied.
                async with here.db.write() as source, target.write() as tx:
                    tables = await copy_everything(source, tx)
            finally:
                await target.close()
    except (one_process.AlreadyServed, SchemaError, NotEmpty, Different) as error:
        raise Refused(f"{error}; nothing was copied") from error
    return Moved(sum(table.rows for table in tables), tables)
