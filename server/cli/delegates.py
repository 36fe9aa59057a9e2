"""`entrepairs community delegate|delegates …`: who answers trials besides the administrators."""

from datetime import datetime
from functools import partial

import click
import msgspec

from models.queries import trials
from models.writes.audit import OPERATOR
from server.actions import delegates as acting
from server.cli.running import Call, options
from server.installation import Installation


class Delegate(msgspec.Struct):
    """Somebody who answers trials, and since when; null: no more."""

    name: str
    since: datetime | None


@click.command("delegate")
@click.argument("name")
@click.option("--end", is_flag=True, help="They answer no trials any more.")
@options
@click.pass_obj
def delegate(call: Call, name: str, end: bool) -> None:
    """Let a person answer trials that ask to become official; it is their only right besides those of members."""
    call.perform(partial(_delegate, name=name, end=end))


async def _delegate(here: Installation, *, name: str, end: bool) -> Delegate:
    async with here.db.write() as tx:
        act = acting.end if end else acting.name
        person = await act(tx, here, name, by=OPERATOR)
        named = {one.actor_id: one.since for one in await trials.delegates(tx)}
    return Delegate(person.username, named.get(person.actor_id))


@click.command("delegates")
@options
@click.pass_obj
def delegates(call: Call) -> None:
    """List who answers trials besides the administrators."""
    call.perform(_delegates)


async def _delegates(here: Installation) -> list[Delegate]:
    async with here.db.read() as tx:
        return [Delegate(row.username, row.since) for row in await trials.delegates(tx)]


COMMANDS = (delegate, delegates)
"""For the group of commands about communities."""
