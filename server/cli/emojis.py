"""`entrepairs emoji …`: custom emojis of this firm."""

from functools import partial
from pathlib import Path

import click
import msgspec

from models.queries import media
from models.writes.audit import OPERATOR
from server.actions import emojis
from server.cli.running import Call, options
from server.http.uploads import Upload
from server.installation import Installation
from server.media.store import Store
from server.media.uploads import EMOJI, Uploads
from server.media.workshop import Workshop


class Shown(msgspec.Struct):
    """A custom emoji."""

    shortcode: str
    url: str
    category: str | None


@click.group("emoji")
def command() -> None:
    """Custom emojis of this firm."""


@command.command("add")
@click.argument("shortcode")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--category", default="", help="Under which apps show it.")
@options
@click.pass_obj
def add(call: Call, shortcode: str, file: Path, *, category: str) -> None:
    """Offer a picture (PNG, GIF, WebP, JPEG; 256 KiB) for :shortcode: in texts."""
    call.perform(partial(_add, shortcode=shortcode.strip(":"), file=file, category=category))


async def _add(here: Installation, *, shortcode: str, file: Path, category: str) -> Shown:
    emojis.check(shortcode, category)
    given = Upload.of_file(file)
    try:
        uploads = Uploads(here, Store(here.settings.media_url), Workshop())
        picture = await uploads.keep_picture(given, EMOJI, None)
    finally:
        given.close()
    async with here.db.write() as tx:
        row = await emojis.offer(tx, here, shortcode, picture, category, by=OPERATOR)
    return Shown(row.shortcode, row.url, row.category)


@command.command("list")
@options
@click.pass_obj
def list_emojis(call: Call) -> None:
    """List the emojis that are offered."""
    call.perform(_list)


async def _list(here: Installation) -> list[Shown]:
    async with here.db.read() as tx:
        return [Shown(row.shortcode, row.url, row.category) for row in await media.offered_emojis(tx)]


@command.command("remove")
@click.argument("shortcode")
@options
@click.pass_obj
def remove(call: Call, shortcode: str) -> None:
    """No longer offer an emoji; what was written with it shows it still."""
    call.perform(partial(_remove, shortcode=shortcode.strip(":")))


async def _remove(here: Installation, *, shortcode: str) -> Shown:
    async with here.db.write() as tx:
        row = await emojis.take_back(tx, here, shortcode, by=OPERATOR)
    return Shown(row.shortcode, row.url, row.category)
