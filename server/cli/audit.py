"""`entrepairs audit …`: the trail of privileged acts, where it stood, and where partners' trails stand."""

from datetime import datetime
from functools import partial
from typing import BinaryIO

import click
import msgspec

from federation.vocab.types import Document
from models.queries import audit
from models.queries import checkpoints as reading
from models.queries.audit import AuditRow, ChainCheck
from models.queries.checkpoints import PartnerHead
from models.writes.audit import OPERATOR
from server.actions import checkpoints
from server.actions.checkpoints import Verified
from server.cli.running import Call, options
from server.installation import Installation


class Export(msgspec.Struct):
    """The whole trail, and whether its chain of hashes holds."""

    entries: list[AuditRow]
    ok: bool
    first_bad: int | None
    problem: str | None
    checkpoints: list[Document]
    """As they were signed."""


class Made(msgspec.Struct):
    """A checkpoint that was made."""

    number: int
    at: datetime
    entries: int
    head: str
    hash: str


@click.group("audit")
def command() -> None:
    """The trail of privileged acts."""


@command.command("verify")
@click.option("--checkpoint", type=click.File("rb"), help="Hold it against a checkpoint of ours kept elsewhere, too.")
@options
@click.pass_obj
@click.pass_context
def verify(context: click.Context, call: Call, checkpoint: BinaryIO | None) -> None:
    """Check the chain of hashes and every checkpoint; exit status 1 where something does not hold."""
    kept = checkpoint.read() if checkpoint else None
    context.exit(0 if call.perform(partial(_verify, kept=kept)).ok else 1)


async def _verify(here: Installation, *, kept: bytes | None) -> Verified:
    async with here.db.read() as tx:
        return await checkpoints.verify(tx, here, kept_elsewhere=kept)


@command.command("export")
@options
@click.pass_obj
def export(call: Call) -> None:
    """Print every entry; without --json one line of JSON each."""
    call.perform(_export, lambda answer: "\n".join(msgspec.json.encode(row).decode() for row in answer.entries))


async def _export(here: Installation) -> Export:
    rows: list[AuditRow] = []
    async with here.db.read() as tx:
        check = ChainCheck(await audit.start(tx))
        async for row in audit.entries(tx):
            check.add(row)
            rows.append(row)
        signed = [checkpoints.document_of(one) async for one, _ in reading.with_hashes(tx)]
    result = check.result()
    return Export(rows, result.ok, result.first_bad, result.problem, signed)


@command.command("checkpoint")
@options
@click.pass_obj
def checkpoint(call: Call) -> None:
    """Sign where the trail stands now, and tell active partners. The server does it once a day by itself."""
    call.perform(_checkpoint)


async def _checkpoint(here: Installation) -> Made:
    async with here.db.write() as tx:
        row = await checkpoints.make(tx, here, here.clock.now())
    return Made(row.number, row.at, row.entries, row.head, row.hash)


@command.command("heads")
@click.option("--document", metavar="DOMAIN", help="Print what this partner has signed last, for it to verify.")
@click.option("--accept", metavar="DOMAIN", help="Go on from what this partner told last, although it did not fit.")
@options
@click.pass_obj
def heads(call: Call, document: str | None, accept: str | None) -> None:
    """List where partners' trails stand, and which of them does not extend what was told before."""
    if document is not None:
        call.perform(partial(_document, domain=document), lambda answer: msgspec.json.encode(answer).decode())
        return
    call.perform(partial(_heads, accept=accept))


async def _document(here: Installation, *, domain: str) -> Document:
    async with here.db.read() as tx:
        return checkpoints.document_of(await checkpoints.held_of(tx, here, domain))


async def _heads(here: Installation, *, accept: str | None) -> list[PartnerHead]:
    async with here.db.write() as tx:
        if accept is not None:
            await checkpoints.accept(tx, here, accept, by=OPERATOR)
        return await reading.heads(tx)
