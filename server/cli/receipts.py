"""`entrepairs partner receipts|report`: what a partner was asked to delete, and what it has confirmed."""

from collections.abc import Awaitable, Callable
from functools import partial

import click
import msgspec

from federation.vocab.types import Document
from models.engine import ReadTx
from models.writes.audit import OPERATOR
from server.actions import receipts
from server.actions.local_actors import Here
from server.actions.receipts import MOST, Line, Report
from server.cli.running import Call, options
from server.installation import Installation

_Letter = Callable[[ReadTx, Here, str, int], Awaitable[Document]]


class Asked(msgspec.Struct):
    """How many requests are written once more."""

    domain: str
    requests: int


@click.command("receipts")
@click.argument("domain")
@click.option("--open", "only_open", is_flag=True, help="Only what is not confirmed.")
@click.option("--limit", "most", type=click.IntRange(1, MOST), default=100, show_default=True)
@click.option("--letter", type=int, metavar="ID", help="The signed letter that confirms this request instead.")
@click.option("--held", type=int, metavar="ID", help="The earlier letter that said that it is held for legal reasons.")
@click.option("--again", is_flag=True, help="Ask once more now for what is not confirmed.")
@options
@click.pass_obj
def show_receipts(
    call: Call, domain: str, *, only_open: bool, most: int, letter: int | None, held: int | None, again: bool
) -> None:
    """List what a partner was asked to delete, newest first, with its receipts."""
    if again:
        call.perform(partial(_again, domain=domain))
    elif letter is not None:
        call.perform(partial(_letter, which=receipts.letter, domain=domain, request_id=letter))
    elif held is not None:
        call.perform(partial(_letter, which=receipts.letter_of_hold, domain=domain, request_id=held))
    else:
        call.perform(partial(_lines, domain=domain, only_open=only_open, most=most))


async def _lines(here: Installation, *, domain: str, only_open: bool, most: int) -> list[Line]:
    async with here.db.read() as tx:
        return await receipts.lines(tx, here, domain, only_open=only_open, most=most)


async def _letter(here: Installation, *, which: _Letter, domain: str, request_id: int) -> Document:
    async with here.db.read() as tx:
        return await which(tx, here, domain, request_id)


async def _again(here: Installation, *, domain: str) -> Asked:
    async with here.db.write() as tx:
        return Asked(domain, await receipts.ask_again(tx, here, domain, by=OPERATOR))


@click.command("report")
@click.argument("domain")
@options
@click.pass_obj
def report(call: Call, domain: str) -> None:
    """Sum up what a partner was asked to delete: the closing report when the agreement has ended."""
    call.perform(partial(_report, domain=domain))


async def _report(here: Installation, *, domain: str) -> Report:
    async with here.db.read() as tx:
        return await receipts.report(tx, here, domain)


COMMANDS = (show_receipts, report)
"""For the group of commands about partners."""
