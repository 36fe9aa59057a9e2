"""`entrepairs migrate`: makes the database and the secrets, or brings them to this version."""

import asyncio

import click
import msgspec

from models.migrate import SchemaError
from server.cli.running import Call, options, refusals
from server.upgrading import prepare


class Migrated(msgspec.Struct, rename={"before": "from", "after": "to"}):
    """The revision that was found, null for an empty database, and the one that is there now."""

    before: str | None
    after: str


@click.command("migrate")
@options
@click.pass_obj
def command(call: Call) -> None:
    """Create the database, or upgrade it to this version."""
    settings = call.settings()
    try:
        with refusals():
            done = asyncio.run(prepare(settings))
    except SchemaError as error:
        raise click.ClickException(str(error)) from error
    call.show(Migrated(done.before, done.after))
