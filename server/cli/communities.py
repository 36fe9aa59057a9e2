"""`entrepairs community …`: communities of this firm."""

from datetime import datetime
from functools import partial
from typing import Any

import click
import msgspec

from models.communities import LABELS, OPEN, SCOPES, VISIBILITIES
from models.queries import roster, trials
from models.trials import OFFICIAL, TRIAL
from models.writes.audit import OPERATOR
from server.actions import communities, names
from server.actions.communities import NewCommunity
from server.actions.local_actors import new_keys
from server.actions.refusals import Refused
from server.cli import delegates, moderating, openness
from server.cli.running import Call, options
from server.installation import Installation


class Founded(msgspec.Struct):
    """A community that was founded; `id` is the client API's."""

    id: str
    name: str
    acct: str
    uri: str


class Listed(msgspec.Struct):
    """A community in the list; `members` counts everybody who has joined."""

    id: str
    name: str
    acct: str
    uri: str
    visibility: str
    scope: str
    label: str
    members: int
    kind: str
    """`trial` or `official`."""


class Member(msgspec.Struct):
    """A member of a community."""

    acct: str
    display_name: str
    role: str
    since: datetime | None


@click.group("community")
def command() -> None:
    """Communities of this firm."""


for moderating_command in (*moderating.COMMANDS, *openness.COMMANDS, *delegates.COMMANDS):
    command.add_command(moderating_command)


@command.command("create")
@click.argument("name")
@click.option("--title", required=True)
@click.option("--host", required=True, help="Name of the person who hosts it, its first member.")
@click.option("--visibility", type=click.Choice(VISIBILITIES), default=OPEN, show_default=True)
@click.option("--scope", type=click.Choice(SCOPES), default="none", show_default=True)
@click.option("--label", type=click.Choice(LABELS), default="internal", show_default=True)
@click.option("--history", "opens_history", is_flag=True, help="Who joins later gets what was written before.")
@options
@click.pass_obj
def create(call: Call, /, **said: Any) -> None:
    """Found a community."""
    call.perform(partial(_create, new=NewCommunity(**said)))


async def _create(here: Installation, *, new: NewCommunity) -> Founded:
    keys = await new_keys()
    async with here.db.write() as tx:
        founded = await communities.create_community(tx, here, new, keys, by=OPERATOR)
    return Founded(str(founded.id), founded.name, founded.acct, founded.uri)


@command.command("list")
@options
@click.pass_obj
def list_communities(call: Call) -> None:
    """List the communities of this firm."""
    call.perform(_list)


async def _list(here: Installation) -> list[Listed]:
    async with here.db.read() as tx:
        rows = await roster.communities(tx)
        ends = await trials.ends_of(tx)
    return [
        Listed(
            id=str(row.actor_id),
            name=row.username,
            acct=f"{row.username}@{row.host}",
            uri=row.uri,
            visibility=row.visibility,
            scope=row.scope,
            label=LABELS[row.label],
            members=row.members,
            kind=TRIAL if row.actor_id in ends else OFFICIAL,
        )
        for row in rows
    ]


@command.command("members")
@click.argument("name")
@options
@click.pass_obj
def members(call: Call, name: str) -> None:
    """List the members of a community, people of partners included."""
    call.perform(partial(_members, name=name))


async def _members(here: Installation, *, name: str) -> list[Member]:
    async with here.db.read() as tx:
        identifier = await roster.community_id(tx, names.folded(name))
        if identifier is None:
            raise Refused(f"No community here is called {name}.")
        rows = await roster.members(tx, identifier)
    return [Member(f"{row.username}@{row.host}", row.display_name, row.role, row.since) for row in rows]
