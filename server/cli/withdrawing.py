"""`entrepairs partner withdraw|readmit|withdrawn|withdraw-posts`: own people, and their posts, at a partner's."""

from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from typing import Protocol

import click
import msgspec

from models.engine import WriteTx
from models.writes.audit import OPERATOR
from server.actions import partners, withdrawing, withdrawing_posts
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


class Place(msgspec.Struct):
    """A community, and how many posts of the person are, or were, in it."""

    community: str
    posts: int


class Extent(msgspec.Struct):
    """What was withdrawn; with `--preview` what would be."""

    domain: str
    person: str
    posts: int
    communities: list[Place]


@click.command("withdraw-posts")
@click.argument("domain")
@click.argument("person")
@click.argument("community", default="")
@click.option("--preview", is_flag=True, help="Only say how many there are.")
@options
@click.pass_obj
def withdraw_posts(call: Call, domain: str, person: str, community: str, preview: bool) -> None:
    """Delete what somebody of this firm wrote in one community of a partner's, or in all, and call it back."""
    act = _preview_posts if preview else _withdraw_posts
    call.perform(partial(act, domain=domain, person=person, community=community))


async def _preview_posts(here: Installation, *, domain: str, person: str, community: str) -> Extent:
    async with here.db.read() as tx:
        return _extent(await withdrawing_posts.preview(tx, here, domain, person, community))


async def _withdraw_posts(here: Installation, *, domain: str, person: str, community: str) -> Extent:
    return _extent(await withdrawing_posts.withdraw(here.db, here, domain, person, community, by=OPERATOR))


def _extent(found: withdrawing_posts.Extent) -> Extent:
    places = [Place(f"{one.community}@{found.peer.host}", one.posts) for one in found.places]
    return Extent(found.peer.host, found.person.acct, found.posts, places)


COMMANDS = (withdraw, readmit, list_withdrawn, withdraw_posts)
"""For the group of commands about partners."""
