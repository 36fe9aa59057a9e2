"""`entrepairs mail …`: whether mail works, and what waits."""

from functools import partial

import click
import msgspec

from models.queries import mail
from models.queries.mail import MailState
from server.actions.refusals import Refused
from server.cli.running import Call, options
from server.installation import Installation
from server.notify.letters import desk
from server.notify.smtp import MailServer, NotSent


class Tested(msgspec.Struct):
    """The mail server has taken a letter for this address."""

    to: str
    taken: bool


@click.group("mail")
def command() -> None:
    """Mail to people of this firm."""


@command.command("test")
@click.argument("address")
@options
@click.pass_obj
def test(call: Call, address: str) -> None:
    """Hand a test letter over to the mail server, at once."""
    call.perform(partial(_test, address=address))


async def _test(here: Installation, *, address: str) -> Tested:
    if here.settings.smtp_url is None:
        raise Refused("no mail is set up: set ENTREPAIRS_SMTP_URL")
    now = here.clock.now()
    server = MailServer(here.settings)
    letter = desk(here.settings.domain, here.settings.language, address).test()
    try:
        await server.send(server.message(f"test.{int(now.timestamp())}", address, letter, now))
    except NotSent as error:
        raise Refused(f"the mail server did not take it: {error.reason}") from error
    return Tested(address, True)


@command.command("status")
@options
@click.pass_obj
def status(call: Call) -> None:
    """How many letters wait, how many were given up, and why the last one failed."""
    call.perform(_status)


async def _status(here: Installation) -> MailState:
    async with here.db.read() as tx:
        return await mail.state(tx)
