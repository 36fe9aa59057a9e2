"""`entrepairs peer …`: the exchange with one partner's server, seen from its technical side."""

from datetime import datetime
from functools import partial

import click
import msgspec

from models.queries import peers, queues
from models.queries.queues import Reason
from server.actions import partners
from server.cli.queue import shown_limit
from server.cli.running import Call, options
from server.installation import Installation

MOST_COUNTED = 10_000
"""Refusals that are looked at to count reasons; the newest ones."""


class Exchange(msgspec.Struct):
    """One partner's server. Times are null where it never happened; reasons stand with how often they came."""

    domain: str
    state: str
    kind: str
    software: str | None
    signature_scheme: str | None
    signature_algorithm: str | None
    last_seen: datetime | None
    last_delivery: datetime | None
    backlog: int
    oldest_seconds: int
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    last_error: str | None
    refused_there: list[Reason]
    refused_here: list[Reason]


@click.group("peer")
def command() -> None:
    """Partners' servers, as the exchange of activities sees them."""


@command.command("show")
@click.argument("domain")
@shown_limit
@options
@click.pass_obj
def show(call: Call, domain: str, *, most: int) -> None:
    """Show how the exchange goes: both directions, and why things were refused on either side."""
    call.perform(partial(_show, domain=domain, most=most))


async def _show(here: Installation, *, domain: str, most: int) -> Exchange:
    async with here.db.read() as tx:
        peer = await partners.find(tx, here, domain)
        health = await peers.health_of(tx, peer.host)
        there = await queues.dead_reasons(tx, peer.id, MOST_COUNTED)
        at_home = await queues.refusal_reasons(tx, peer.id, MOST_COUNTED)
    assert health is not None, "the same transaction has just found it"
    waits = here.clock.now() - health.oldest_at if health.oldest_at else None
    return Exchange(
        domain=peer.host,
        state=peer.state,
        kind=peer.kind,
        software=peer.software,
        signature_scheme=peer.signature_scheme,
        signature_algorithm=peer.signature_algorithm,
        last_seen=peer.seen_at,
        last_delivery=health.last_delivery,
        backlog=health.backlog,
        oldest_seconds=max(0, int(waits.total_seconds())) if waits else 0,
        failures=health.failures,
        failing_since=health.failing_since,
        next_attempt_at=health.next_attempt_at,
        last_error=health.last_error,
        refused_there=there[:most],
        refused_here=at_home[:most],
    )
