"""`entrepairs keys …`: the keys by which our people, our communities and the server sign."""

from functools import partial

import click

from models.writes.audit import OPERATOR
from server.actions import keys
from server.actions.keys import Rotated
from server.cli.running import Call, options
from server.installation import Installation


@click.group("keys")
def command() -> None:
    """Keys of our own actors."""


@command.command("rotate")
@click.argument("name", required=False)
@click.option("--server", "is_server", is_flag=True, help="The server's own actor.")
@click.option("--all", "is_all", is_flag=True, help="Everybody, every community and the server.")
@options
@click.pass_obj
def rotate(call: Call, name: str | None, *, is_server: bool, is_all: bool) -> None:
    """Give NAME, a person or a community, new keys, and tell partners. The server may run meanwhile.

    With --all, whose keys are less than an hour old is left out, so that an interrupted run can be repeated. Agreements
    go on: the server's old key vouches for the new one towards each partner that knows it from one.
    """
    if [name is not None, is_server, is_all].count(True) != 1:
        raise click.UsageError("give one of NAME, --server and --all")
    call.perform(partial(_rotate, name=name, is_server=is_server))


async def _rotate(here: Installation, *, name: str | None, is_server: bool) -> list[Rotated]:
    if name is not None:
        chosen = [await keys.find(here.db, name)]
    elif is_server:
        chosen = [await keys.server_actor(here.db)]
    else:
        chosen = await keys.all_due(here.db, here)
    return [await keys.rotate(here.db, here, actor, by=OPERATOR) for actor in chosen]
