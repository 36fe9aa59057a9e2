"""`entrepairs backup`: one file with everything that this server is."""

from functools import partial
from pathlib import Path

import click

from server.backups import Manifest, backup
from server.cli.running import Call, options
from server.installation import Installation


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--without-media", is_flag=True, help="Leave files out, where their folder is copied otherwise.")
@options
@click.pass_obj
def command(call: Call, file: Path, *, without_media: bool) -> None:
    """Copy database, secrets and files into one file, while the server runs.

    Whoever has the file can speak for this server: keep it as you keep the vault's key.
    """
    call.perform(partial(_backup, file=file, with_media=not without_media))


async def _backup(here: Installation, *, file: Path, with_media: bool) -> Manifest:
    return await backup(here, file, with_media=with_media)
