"""`entrepairs user …`: people of this firm."""

import sys
from functools import partial

import click
import msgspec

from models.accounts import GUEST, MEMBER, ROLES
from models.queries import roster
from models.queries.roster import AccountRow
from models.writes.audit import OPERATOR
from server.actions import accounts, guests, notices
from server.actions.accounts import NewAccount
from server.actions.local_actors import new_keys
from server.actions.passwords import Passwords
from server.cli import own_data
from server.cli.running import Call, options
from server.http import scopes as known_scopes
from server.installation import Installation
from server.notify.letter_box import LetterBox


class Made(msgspec.Struct):
    """A person who was made; `id` is the client API's."""

    id: str
    username: str
    acct: str
    uri: str


class Listed(msgspec.Struct):
    """A person in the list."""

    id: str
    username: str
    acct: str
    role: str
    state: str


class Token(msgspec.Struct):
    """A token, shown once."""

    access_token: str
    scope: str


@click.group("user")
def command() -> None:
    """People of this firm."""


@command.command("create")
@click.argument("name")
@click.option("--email", required=True)
@click.option("--display-name", default="")
@click.option("--role", type=click.Choice(ROLES), default=MEMBER, show_default=True)
@click.option("--community", "places", multiple=True, metavar="NAME", help="Of a guest: where they take part; again.")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
@options
@click.pass_obj
def create(call: Call, /, name: str, *, places: tuple[str, ...], password_stdin: bool, **said: str) -> None:
    """Give a person an account. A guest is in open communities at once, in others when a host there says yes; their
    account ends after six months, unless a host renews it.
    """
    if places and said["role"] != GUEST:
        raise click.BadParameter("only guests are added to communities", param_hint="--community")
    new = NewAccount(username=name, **said)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    call.perform(partial(_create, new=new, places=places, password=password))


async def _create(here: Installation, *, new: NewAccount, places: tuple[str, ...], password: str | None) -> Made:
    if password is not None:
        passwords = Passwords()
        new = msgspec.structs.replace(new, password_hash=await passwords.hash(password))
        passwords.close()
    keys = await new_keys()
    async with here.db.write() as tx:
        made = await guests.create_any(tx, here, new, places, keys, by=OPERATOR)
    return Made(str(made.id), made.username, made.acct, made.uri)


@command.command("token")
@click.argument("name")
@click.option("--scopes", default="read write follow push", show_default=True, help="Separated by blanks.")
@options
@click.pass_obj
def token(call: Call, name: str, *, scopes: str) -> None:
    """Make a token by which a program acts as the person."""
    asked = known_scopes.parse(scopes)
    if not asked or not known_scopes.are_known(asked):
        raise click.BadParameter(f"known are {', '.join(known_scopes.SCOPES)}", param_hint="--scopes")
    call.perform(partial(_token, name=name, scopes=" ".join(asked)))


async def _token(here: Installation, *, name: str, scopes: str) -> Token:
    async with here.db.write() as tx:
        return Token(await accounts.create_token(tx, here, name, scopes, by=OPERATOR), scopes)


class Link(msgspec.Struct):
    """A one-time address, shown once."""

    address: str


@command.command("link")
@click.argument("name")
@click.option("--mail", "by_mail", is_flag=True, help="Send it to the person instead of printing it.")
@options
@click.pass_obj
def link(call: Call, name: str, *, by_mail: bool) -> None:
    """Make a one-time address, good for a day, by which the person signs in and chooses a password."""
    call.perform(partial(_mail_link if by_mail else _link, name=name))


async def _link(here: Installation, *, name: str) -> Link:
    async with here.db.write() as tx:
        secret = await accounts.create_sign_in_link(tx, here, name, by=OPERATOR)
    return Link(here.config.url(f"/sign-in/once/{secret}"))


class Mailed(msgspec.Struct):
    """A one-time address is on its way; the running server sends it."""

    to: str


async def _mail_link(here: Installation, *, name: str) -> Mailed:
    async with here.db.write() as tx:
        return Mailed(await notices.sign_in_address(tx, here, LetterBox(here.settings, here.vault), name, by=OPERATOR))


@command.command("list")
@options
@click.pass_obj
def list_people(call: Call) -> None:
    """List everybody with an account."""
    call.perform(_list)


async def _list(here: Installation) -> list[Listed]:
    async with here.db.read() as tx:
        return [_listed(row) for row in await roster.people(tx)]


@command.command("suspend")
@click.argument("name")
@options
@click.pass_obj
def suspend(call: Call, name: str) -> None:
    """Close an account; its sessions and tokens end."""
    call.perform(partial(_suspend, name=name))


async def _suspend(here: Installation, *, name: str) -> Listed:
    async with here.db.write() as tx:
        return _listed(await accounts.suspend(tx, here, name, by=OPERATOR))


@command.command("resume")
@click.argument("name")
@options
@click.pass_obj
def resume(call: Call, name: str) -> None:
    """Open a closed account again."""
    call.perform(partial(_resume, name=name))


async def _resume(here: Installation, *, name: str) -> Listed:
    async with here.db.write() as tx:
        return _listed(await accounts.resume(tx, here, name, by=OPERATOR))


@command.command("forget-factors")
@click.argument("name")
@options
@click.pass_obj
def forget_factors(call: Call, name: str) -> None:
    """Take away a person's app, passkeys and codes on paper: their password alone lets them in again."""
    call.perform(partial(_forget_factors, name=name))


async def _forget_factors(here: Installation, *, name: str) -> Listed:
    async with here.db.write() as tx:
        return _listed(await accounts.forget_factors(tx, here, name, by=OPERATOR))


def _listed(row: AccountRow) -> Listed:
    state = "active" if row.suspended_at is None else "suspended"
    return Listed(str(row.actor_id), row.username, f"{row.username}@{row.host}", row.role, state)


for one in (own_data.export, own_data.erase, own_data.certificate):
    command.add_command(one)
