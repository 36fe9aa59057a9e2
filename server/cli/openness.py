"""`entrepairs community change|label|remove-member`: who reads a community, and how far it travels."""

from functools import partial
from typing import Any

import click

from models.communities import LABELS, SCOPES, VISIBILITIES
from models.engine import WriteTx
from server.actions import moderation, openness
from server.actions.openness import Wanted
from server.actions.seats import Seat
from server.cli.moderating import Done, perform
from server.cli.running import Call, options
from server.installation import Installation


async def _change(tx: WriteTx, here: Installation, place: Seat, *, wanted: Wanted) -> Done:
    return Done(place.community.acct, place.community.uri, await openness.change(tx, here, place, wanted))


@click.command("change")
@click.argument("name")
@click.option("--visibility", type=click.Choice(VISIBILITIES))
@click.option("--scope", type=click.Choice(SCOPES))
@click.option("--label", type=click.Choice(LABELS), help="Higher than now: a label is never lowered.")
@click.option("--history/--no-history", "opens_history", default=None, help="Who joins later reads what was before.")
@options
@click.pass_obj
def change(call: Call, /, name: str, **said: Any) -> None:
    """Change who reads a community and how far it travels; what partners may have no more is called back."""
    perform(call, name, partial(_change, wanted=Wanted(**said)))


async def _label(tx: WriteTx, here: Installation, place: Seat, *, post: str, label: str) -> Done:
    row = await moderation.post_named(tx, place, post)
    return Done(place.community.acct, row.uri, await openness.raise_label(tx, here, place, row, label))


@click.command("label")
@click.argument("name")
@click.argument("post")
@click.argument("label", type=click.Choice(LABELS))
@options
@click.pass_obj
def label(call: Call, name: str, post: str, label: str) -> None:
    """Raise the label of a post and of what answers it. POST is its number, its id or its address."""
    perform(call, name, partial(_label, post=post, label=label))


async def _remove(tx: WriteTx, here: Installation, place: Seat, *, handle: str) -> Done:
    person = await moderation.person_named(tx, here, handle)
    return Done(place.community.acct, person.acct, await openness.remove_member(tx, here, place, person))


@click.command("remove-member")
@click.argument("name")
@click.argument("handle")
@options
@click.pass_obj
def remove_member(call: Call, name: str, handle: str) -> None:
    """End a membership; they may ask to join again."""
    perform(call, name, partial(_remove, handle=handle))


COMMANDS = (change, label, remove_member)
"""For the group of commands about communities."""
