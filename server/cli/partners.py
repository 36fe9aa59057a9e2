"""`entrepairs partner …`: the servers we exchange with."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

import click
import msgspec

from federation.agreements.office import document_of
from federation.agreements.steps import OwnPart
from federation.agreements.terms import spoken_code
from federation.vocab.types import Document
from models.agreements import READ, TAKE_PART
from models.communities import LABELS
from models.engine import ReadTx
from models.queries import peers, retractions
from models.queries.agreements import AgreementRow
from models.queries.peers import PeerHealth, PeerRow
from models.queries.retractions import Counters
from models.writes.audit import OPERATOR
from server.actions import agreements, partners
from server.actions.agreements import Wanted, verified
from server.actions.refusals import Refused
from server.assembly import online
from server.cli import blocking, receipts, withdrawing
from server.cli.running import Call, options, refusals
from server.installation import Installation
from server.system import SystemClock

WARNING = (
    "A basic partner has signed no agreement: it receives the posts of open communities with the lowest label, "
    "gives no receipts, and its own pages may show such a post to anybody."
)


class Stated(msgspec.Struct):
    """How it stands with a partner; a basic partner's agreement has no version and no hash."""

    domain: str
    kind: str
    state: str
    version: int | None = None
    hash: str | None = None
    code: str | None = None
    """Eight digits to compare with the other firm by telephone."""


class Listed(msgspec.Struct):
    """A partner in the list: `backlog` deliveries are owed, `failures` in a row."""

    domain: str
    state: str
    kind: str
    backlog: int
    last_delivery: datetime | None
    failures: int


class Shown(Listed):
    """A partner with everything that is counted."""

    hash: str | None
    version: int | None
    code: str | None
    """Eight digits to compare with the other firm by telephone."""
    review_at: datetime | None
    """Past it, without a new version, the exchange is suspended."""
    software: str | None
    last_seen: datetime | None
    owed_since: datetime | None
    failing_since: datetime | None
    next_attempt_at: datetime | None
    last_error: str | None
    gap: bool
    """Something was given up for it; it is sent again once the partner is back."""
    suspended_at: datetime | None
    clock_ahead: int | None
    """Seconds by which its clock was ahead of ours at its last answer; below zero: behind."""
    rights: str | None
    retention_months: int | None
    """Copies of ours are kept there for at most so long, and theirs here."""
    retractions: Counters
    """What it was asked to delete, and has confirmed."""


@click.group("partner")
def command() -> None:
    """Servers of other firms that this one exchanges with."""


@command.command("allow")
@click.argument("domains", metavar="DOMAIN...", nargs=-1, required=True)
@options
@click.pass_obj
def allow(call: Call, domains: tuple[str, ...]) -> None:
    """Make basic partners of these servers."""
    click.echo(WARNING, err=True)
    call.perform(partial(_allow, domains=domains))


async def _allow(here: Installation, *, domains: tuple[str, ...]) -> list[Stated]:
    async with here.db.write() as tx:
        return [await _stated(tx, row) for row in await partners.allow(tx, here, domains, by=OPERATOR)]


def contacts(command: Callable[..., None]) -> Callable[..., None]:
    """Whom the other firm writes to here."""
    dpo = click.option("--dpo", default="", metavar="CONTACT", help="Our data-protection officer.")
    return click.option("--admin", default="", metavar="CONTACT", help="Our administrator.")(dpo(command))


@command.command("propose")
@click.argument("domain")
@click.option("--communities", "names", default="", metavar="A,B", help="Communities of ours to share.")
@click.option("--open", "opens", is_flag=True, help="Besides those: whatever our hosts open to all partners.")
@click.option("--ceiling", type=click.Choice(LABELS), default=LABELS[0], help="The highest label that passes.")
@click.option("--rights", type=click.Choice((TAKE_PART, READ)), default=TAKE_PART)
@click.option("--history", is_flag=True, help="New members there read what was written before they joined.")
@click.option("--review-days", type=click.IntRange(1, 730), default=365, help="Days until the terms are reviewed.")
@click.option(
    "--retention-months", type=click.IntRange(1, 120), default=24, help="Copies are kept for at most so long."
)
@click.option("--retraction-hours", type=click.IntRange(1, 720), default=24, help="Until what is called back is gone.")
@click.option("--data-requests", default=Wanted().data_requests, help="Who answers people that ask for their data.")
@contacts
@options
@click.pass_obj
def propose(call: Call, /, domain: str, names: str, *, opens: bool, ceiling: str, rights: str, **others: Any) -> None:
    """Sign terms and send them; the exchange begins when the other side has signed the same."""
    wanted = Wanted(communities=_names(names), opens=opens, ceiling=ceiling, rights=rights, **others)
    call.perform(partial(_propose, domain=domain, wanted=wanted))


async def _propose(here: Installation, *, domain: str, wanted: Wanted) -> Stated:
    async with online(here) as services:
        await agreements.propose(services, domain, wanted, by=OPERATOR)
        return await _standing(here, domain)


@command.command("accept")
@click.argument("domain")
@click.option("--communities", "names", default="", metavar="C,D", help="Communities of ours to share as well.")
@click.option("--open", "opens", is_flag=True, help="Besides those: whatever our hosts open to all partners.")
@contacts
@options
@click.pass_obj
def accept(call: Call, domain: str, names: str, *, opens: bool, admin: str, dpo: str) -> None:
    """Sign what a partner proposes; saying something of ours as well makes it a counter-proposal."""
    more = OwnPart(opens=opens, admin=admin, dpo=dpo)
    call.perform(partial(_accept, domain=domain, names=_names(names), more=more))


async def _accept(here: Installation, *, domain: str, names: Sequence[str], more: OwnPart) -> Stated:
    async with online(here) as services:
        await agreements.accept(services, domain, names, by=OPERATOR, more=more)
        return await _standing(here, domain)


async def _standing(here: Installation, domain: str) -> Stated:
    async with here.db.read() as tx:
        return await _stated(tx, await partners.find(tx, here, domain))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@command.command("verify")
@click.argument("file", type=click.File("rb"))
@options
@click.pass_obj
def verify(call: Call, file: BinaryIO) -> None:
    """Check the signatures of an agreement that was printed to a file; needs no server and no database."""
    with refusals():
        call.show(verified(file.read(), SystemClock().now()))


@command.command("suspend")
@click.argument("domain", required=False)
@click.option("--all", "everybody", is_flag=True, help="With every partner, now.")
@options
@click.pass_obj
def suspend(call: Call, domain: str | None, *, everybody: bool) -> None:
    """Hold the exchange with a partner, or with all, both ways."""
    if everybody == (domain is not None):
        raise click.UsageError("Name one partner, or say --all.")
    if domain is None:
        call.perform(_suspend_all)
    else:
        call.perform(partial(_step, action=partners.suspend, domain=domain))


async def _suspend_all(here: Installation) -> list[Stated]:
    async with here.db.write() as tx:
        hosts = await partners.suspend_all(tx, here, by=OPERATOR)
        return [await _stated(tx, await partners.find(tx, here, host)) for host in hosts]


async def _step(here: Installation, *, action: partners.Word, domain: str) -> Stated:
    async with here.db.write() as tx:
        return await _stated(tx, await action(tx, here, domain, by=OPERATOR))


def _add_step(name: str, action: partners.Word, text: str) -> None:
    """A command that takes one step with one partner, and says how it stands then."""

    @command.command(name, help=text)
    @click.argument("domain")
    @options
    @click.pass_obj
    def take_step(call: Call, domain: str) -> None:
        call.perform(partial(_step, action=action, domain=domain))


_add_step("resume", partners.resume, "Go on with a suspended partner; what was held is delivered.")
_add_step("decline", partners.decline, "Say no to the terms that a partner proposes; whatever is in force stays.")
_add_step(
    "take-back", partners.take_back, "Take back terms that were proposed and not signed; whatever is in force stays."
)
_add_step("end", partners.end, "End the exchange with a partner; what is owed is dropped.")


async def _stated(tx: ReadTx, row: PeerRow) -> Stated:
    version = await agreements.current(tx, row.id)
    if version is None:
        return Stated(row.host, row.kind, row.state)
    code = spoken_code(agreements.terms_of(version))
    return Stated(row.host, row.kind, row.state, version.version, version.hash, code)


@command.command("list")
@options
@click.pass_obj
def list_partners(call: Call) -> None:
    """List the partners and how deliveries to them go."""
    call.perform(_list)


async def _list(here: Installation) -> list[Listed]:
    async with here.db.read() as tx:
        rows = await peers.health(tx)
    return [Listed(row.host, row.state, row.kind, row.backlog, row.last_delivery, row.failures) for row in rows]


@command.command("show")
@click.argument("domain")
@click.option("--document", is_flag=True, help="The text of the agreement instead.")
@options
@click.pass_obj
def show(call: Call, domain: str, *, document: bool) -> None:
    """Show one partner with its counters."""
    call.perform(partial(_show, domain=domain, document=document))


async def _show(here: Installation, *, domain: str, document: bool) -> Shown | Document:
    async with here.db.read() as tx:
        peer = await partners.find(tx, here, domain)
        version = await agreements.current(tx, peer.id)
        if document:
            if version is None:
                raise Refused(f"With {peer.host} there is no agreement to show.")
            return document_of(version)
        row = await peers.health_of(tx, peer.host)
        counted = await retractions.counters(tx, peer.id, here.clock.now())
    assert row is not None, "the same transaction has just found it"
    return _shown(row, version, counted)


def _shown(row: PeerHealth, version: AgreementRow | None, counted: Counters) -> Shown:
    text = agreements.terms_of(version) if version else None
    return Shown(
        domain=row.host,
        state=row.state,
        kind=row.kind,
        backlog=row.backlog,
        last_delivery=row.last_delivery,
        failures=row.failures,
        hash=version.hash if version else None,
        version=version.version if version else None,
        code=spoken_code(text) if text else None,
        review_at=version.review_at if version else None,
        software=row.software,
        last_seen=row.seen_at,
        owed_since=row.oldest_at,
        failing_since=row.failing_since,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        gap=row.has_gap,
        suspended_at=row.suspended_at,
        clock_ahead=row.clock_ahead,
        rights=text.rights if text else None,
        retention_months=text.retention_months if text else None,
        retractions=counted,
    )


for further_command in (*receipts.COMMANDS, *withdrawing.COMMANDS, *blocking.COMMANDS):
    command.add_command(further_command)
