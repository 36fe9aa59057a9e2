"""`entrepairs scim …`: tokens by which the company's directory writes here."""

from functools import partial

import click
import msgspec

from models.writes.audit import OPERATOR
from server.actions import provisioning
from server.cli.running import Call, options
from server.installation import Installation


class Token(msgspec.Struct):
    """A token, shown once."""

    token: str


@click.group("scim")
def command() -> None:
    """Provisioning by the company's directory."""


@command.group("token")
def token() -> None:
    """Tokens that are good for provisioning and for nothing else."""


@token.command("create")
@click.argument("name")
@options
@click.pass_obj
def create(call: Call, name: str) -> None:
    """Make a token; NAME says in the audit trail who speaks by it."""
    call.perform(partial(_create, name=name))


async def _create(here: Installation, *, name: str) -> Token:
    async with here.db.write() as tx:
        return Token(await provisioning.create_token(tx, here, name, by=OPERATOR))
