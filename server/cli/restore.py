"""`entrepairs restore`: puts back what `entrepairs backup` has made."""

import asyncio
from pathlib import Path

import click

from server.backups import restore
from server.cli.running import Call, options, refusals
from server.system import SystemClock


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sign-out", "signs_out", is_flag=True, help="End all sessions and the access of all apps.")
@options
@click.pass_obj
def command(call: Call, file: Path, *, signs_out: bool) -> None:
    """Put a backup in the place of what is there, while no server runs.

    What was erased, removed and revoked since is taken from the database that is replaced, and stays so.
    """
    settings = call.settings()
    with refusals():
        done = asyncio.run(restore(settings, file, now=SystemClock().now, signs_out=signs_out))
    call.show(done)
