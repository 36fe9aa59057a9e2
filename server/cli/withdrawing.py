"""`entrepairs partner withdraw|readmit|withdrawn`: people of this firm in a partner's communities."""

from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from typing import Protocol

import click
import msgspec

from models.engine import WriteTx
from models.writes.audit import OPERATOR
from server.actions import partners, withdrawing
from server.actions.withdrawing import Case, Here
from server.cli.running import Call, options
from server.installation import Installation


class Done(msgspec.Struct):
    """Who was withdrawn, or may ask again; `changed` is false where it was so already."""

    domain: str
    person: str
    community: str
    changed: bool


class Listed(msgspec.Struct):
    """Somebody who does not join a partner's community again until an administrator lets them."""

    person: str
    community: str
    at: datetime


class _Action(Protocol):
    def __call__(
        self, tx: WriteTx, here: Here, domain: str, person: str, community: str, *, by: str
    ) -> Awaitable[tuple[Case, bool]]: ...


@click.command("withdraw")
@click.argument("domain")
@click.argument("person")
@click.argument("community")
@options
@click.pass_obj
def withdraw(call: Call, domain: str, person: str, community: str) -> None:
    """Take somebody of this firm out of a partner's community; they do not join again until they are readmitted."""
    call.perform(partial(_perform, action=withdrawing.withdraw, domain=domain, person=person, community=community))


@click.command("readmit")
@click.argument("domain")
@click.argument("person")
@click.argument("community")
@options
@click.pass_obj
def readmit(call: Call, domain: str, person: str, community: str) -> None:
    """Let somebody who was withdrawn ask to join that community again."""
    call.perform(partial(_perform, action=withdrawing.readmit, domain=domain, person=person, community=community))


async def _perform(here: Installation, *, action: _Action, domain: str, person: str, community: str) -> Done:
    async with here.db.write() as tx:
        case, changed = await action(tx, here, domain, person, community, by=OPERATOR)
    return Done(case.peer.host, case.person.acct, case.community.acct, changed)


@click.command("withdrawn")
@click.argument("domain")
@options
@click.pass_obj
def list_withdrawn(call: Call, domain: str) -> None:
    """List who was withdrawn from communities of a partner."""
    call.perform(partial(_list, domain=domain))


async def _list(here: Installation, *, domain: str) -> list[Listed]:
    async with here.db.read() as tx:
        peer = await partners.find(tx, here, domain)
        rows = await withdrawing.withdrawn_at(tx, peer.id)
    return [Listed(f"{row.username}@{here.config.domain}", f"{row.community}@{peer.host}", row.at) for row in rows]


COMMANDS = (withdraw, readmit, list_withdrawn)
"""For the group of commands about partners."""
