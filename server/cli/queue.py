"""`entrepairs queue …`: what waits to be applied and to be delivered, what was given up, and trying again."""

from datetime import datetime
from functools import partial

import click
import msgspec

from models.queries import peers, queues
from models.queries.queues import DeadRow, OwedRow, ReceivedRow
from models.writes.audit import OPERATOR
from server.actions import partners
from server.actions import queues as actions
from server.actions.queues import Dropped, Retried
from server.cli.running import Call, options, table
from server.installation import Installation

MOST_SHOWN = 1000
MOST_CHANGED = 10_000

shown_limit = click.option(
    "--limit", "most", type=click.IntRange(1, MOST_SHOWN), default=20, show_default=True, help="Rows of each kind."
)
changed_limit = click.option(
    "--limit", "most", type=click.IntRange(1, MOST_CHANGED), default=1000, show_default=True, help="The oldest first."
)


class PeerBacklog(msgspec.Struct):
    """What is owed to one partner."""

    domain: str
    state: str
    backlog: int
    oldest_seconds: int
    failures: int
    next_attempt_at: datetime | None


class Status(msgspec.Struct):
    """Pending: not yet in a final state. `peers` are those that something is owed to."""

    inbox_pending: int
    deliveries_pending: int
    oldest_seconds: int
    peers: list[PeerBacklog]


class Rows(msgspec.Struct):
    """Single rows, at most the limit of each kind: the oldest deliveries, the newest dead letters and troubles."""

    deliveries: list[OwedRow]
    dead: list[DeadRow]
    received: list[ReceivedRow]


@click.group("queue")
def command() -> None:
    """What waits to be applied and to be delivered."""


@command.command("status")
@options
@click.pass_obj
def status(call: Call) -> None:
    """Count what waits, and say since when."""
    call.perform(_status)


async def _status(here: Installation) -> Status:
    async with here.db.read() as tx:
        received = await queues.inbox(tx)
        owed = await queues.deliveries(tx)
        rows = [row for row in await peers.health(tx) if row.backlog]
    now = here.clock.now()
    return Status(
        inbox_pending=received.rows,
        deliveries_pending=owed.rows,
        oldest_seconds=max(_age(received.oldest_at, now), _age(owed.oldest_at, now)),
        peers=[
            PeerBacklog(
                domain=row.host,
                state=row.state,
                backlog=row.backlog,
                oldest_seconds=_age(row.oldest_at, now),
                failures=row.failures,
                next_attempt_at=row.next_attempt_at,
            )
            for row in rows
        ],
    )


def _age(since: datetime | None, now: datetime) -> int:
    """Whole seconds; 0 where nothing waits."""
    return 0 if since is None else max(0, int((now - since).total_seconds()))


@command.command("show")
@click.argument("domain", required=False)
@shown_limit
@options
@click.pass_obj
def show(call: Call, domain: str | None, *, most: int) -> None:
    """Show what is owed, what was refused there, and what was not applied here; of one partner or of all."""
    call.perform(partial(_show, domain=domain, most=most), _as_tables)


async def _show(here: Installation, *, domain: str | None, most: int) -> Rows:
    async with here.db.read() as tx:
        peer_id = None if domain is None else (await partners.find(tx, here, domain)).id
        return Rows(
            deliveries=await queues.owed(tx, peer_id, most),
            dead=await queues.dead(tx, peer_id, most),
            received=await queues.troubled(tx, peer_id, most),
        )


def _as_tables(rows: Rows) -> str:
    plain: dict[str, list[dict[str, object]]] = msgspec.to_builtins(rows)
    titles = {"deliveries": "Owed, oldest first", "dead": "Refused for good", "received": "Not applied here"}
    return "\n\n".join(f"{title}:\n{table(plain[name])}" for name, title in titles.items())


@command.command("retry")
@click.argument("domain")
@changed_limit
@click.option("--waiting-only", is_flag=True, help="Leave what was refused for good where it is.")
@options
@click.pass_obj
def retry(call: Call, domain: str, *, most: int, waiting_only: bool) -> None:
    """Try a partner now, and send what it had refused for good once more."""
    call.perform(partial(_retry, domain=domain, most=0 if waiting_only else most))


async def _retry(here: Installation, *, domain: str, most: int) -> Retried:
    async with here.db.write() as tx:
        return await actions.retry(tx, here, domain, most=most, by=OPERATOR)


@command.command("drop")
@click.argument("domain")
@click.option("--activity", metavar="URI", help="Only this one.")
@click.option("--dead", is_flag=True, help="What was refused for good, instead of what is owed.")
@changed_limit
@options
@click.pass_obj
def drop(call: Call, domain: str, *, activity: str | None, dead: bool, most: int) -> None:
    """Drop what a partner is owed: it will not get it."""
    call.perform(partial(_drop, domain=domain, activity=activity, dead=dead, most=most))


async def _drop(here: Installation, *, domain: str, activity: str | None, dead: bool, most: int) -> Dropped:
    async with here.db.write() as tx:
        return await actions.drop(tx, here, domain, activity=activity, dead=dead, most=most, by=OPERATOR)
