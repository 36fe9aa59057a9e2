"""`entrepairs user export|erase|certificate`: what the law lets people ask for (product J12)."""

import os
from functools import partial
from pathlib import Path
from typing import IO

import click
import msgspec

from federation.vocab.types import Document
from models.writes.audit import OPERATOR
from server.actions import archive, erasing
from server.actions.erasing import Issued, Preview
from server.actions.refusals import Refused
from server.cli.running import Call, options
from server.installation import Installation
from server.media.store import Store


class Exported(msgspec.Struct):
    """Where the archive lies."""

    file: str
    bytes: int


@click.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options
@click.pass_obj
def export(call: Call, name: str, file: Path) -> None:
    """Write all data of a person to a zip file that only this user can read; names of others are masked."""
    call.perform(partial(_export, name=name, file=file))


async def _export(here: Installation, *, name: str, file: Path) -> Exported:
    async with here.db.write() as tx:
        gathered = await archive.export(tx, here, name, by=OPERATOR)
    with _opened(file) as target:
        await archive.pack(gathered, Store(here.settings.media_url), target)
        return Exported(str(file), target.tell())


@click.command("erase")
@click.argument("name")
@click.option("--content", is_flag=True, help="Erase what they wrote as well, here and at partners.")
@click.option("--preview", is_flag=True, help="Only say what it would do.")
@click.option("--certificate", type=click.Path(dir_okay=False, path_type=Path), help="Write the certificate to a file.")
@options
@click.pass_obj
def erase(call: Call, name: str, *, content: bool, preview: bool, certificate: Path | None) -> None:
    """Erase a person for good: the identity, and with --content all that they wrote; prints a signed certificate."""
    if preview:
        call.perform(partial(_preview, name=name, content=content))
        return
    call.perform(
        partial(_erase, name=name, content=content, certificate=certificate),
        lambda answer: msgspec.json.format(msgspec.json.encode(answer), indent=1).decode(),
    )


async def _preview(here: Installation, *, name: str, content: bool) -> Preview:
    async with here.db.read() as tx:
        return await erasing.preview(tx, name, with_content=content)


async def _erase(here: Installation, *, name: str, content: bool, certificate: Path | None) -> Document:
    signed = await erasing.erase(
        here.db, here, name, with_content=content, language=here.settings.language, by=OPERATOR
    )
    if certificate is not None:
        _keep(certificate, msgspec.json.encode(signed))
    return signed


@click.command("certificate")
@click.argument("number", type=int, required=False)
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file.")
@options
@click.pass_obj
def certificate(call: Call, number: int | None, *, file: Path | None) -> None:
    """Print the certificate of an erasure with what partners have confirmed by now; without NUMBER, list erasures."""
    if number is None:
        call.perform(_issued)
        return
    call.perform(
        partial(_certificate, number=number, file=file),
        lambda answer: msgspec.json.format(msgspec.json.encode(answer), indent=1).decode(),
    )


async def _issued(here: Installation) -> list[Issued]:
    async with here.db.read() as tx:
        return await erasing.issued(tx)


async def _certificate(here: Installation, *, number: int, file: Path | None) -> Document:
    async with here.db.read() as tx:
        signed = await erasing.certificate(tx, here, number)
    if file is not None:
        _keep(file, msgspec.json.encode(signed))
    return signed


def _keep(file: Path, content: bytes) -> None:
    with _opened(file) as target:
        target.write(content)


def _opened(file: Path) -> IO[bytes]:
    """To be read by nobody else. Raises `Refused`."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.") from error
    return os.fdopen(handle, "wb")
