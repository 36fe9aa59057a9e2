"""`entrepairs partner block-account|unblock-account|blocked-accounts`: one account at a partner, not its whole firm."""

from datetime import datetime
from functools import partial

import click
import msgspec

from models.queries import administration
from models.writes.audit import OPERATOR
from server.actions import blocking
from server.cli.running import Call, options
from server.installation import Installation


class Done(msgspec.Struct):
    """Whom it is about; `changed` is false where it was so already."""

    account: str
    changed: bool


class Listed(msgspec.Struct):
    """An account that is refused and hidden here."""

    account: str
    since: datetime


@click.command("block-account")
@click.argument("handle")
@click.option("--reason", default="", help="For the audit trail; nobody else is told.")
@options
@click.pass_obj
def block(call: Call, handle: str, reason: str) -> None:
    """Refuse what one account at a partner does, hide what it wrote, and end its memberships here."""
    call.perform(partial(_block, handle=handle, reason=reason))


async def _block(here: Installation, *, handle: str, reason: str) -> Done:
    async with here.db.write() as tx:
        actor = await blocking.named(tx, here, handle)
        return Done(actor.acct, await blocking.block(tx, here, actor, by=OPERATOR, reason=reason))


@click.command("unblock-account")
@click.argument("handle")
@options
@click.pass_obj
def unblock(call: Call, handle: str) -> None:
    """Listen to a blocked account again, and show what it wrote; it joins anew by itself."""
    call.perform(partial(_unblock, handle=handle))


async def _unblock(here: Installation, *, handle: str) -> Done:
    async with here.db.write() as tx:
        actor = await blocking.named(tx, here, handle)
        return Done(actor.acct, await blocking.unblock(tx, here, actor, by=OPERATOR))


@click.command("blocked-accounts")
@options
@click.pass_obj
def list_blocked(call: Call) -> None:
    """List the accounts at partners that are blocked here."""
    call.perform(_list)


async def _list(here: Installation) -> list[Listed]:
    async with here.db.read() as tx:
        return [Listed(actor.acct, since) for actor, since in await administration.blocked(tx)]


COMMANDS = (block, unblock, list_blocked)
"""For the group of commands about partners."""
