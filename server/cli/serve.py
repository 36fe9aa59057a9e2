"""`entrepairs serve`: what is checked before the server takes over, and the words of the very first start."""

import asyncio
import errno
import os

import click
import msgspec

from server import app
from server.cli.running import Call, options, refusals
from server.copies import require_alone
from server.first_start import sign_in_address
from server.installation import opened, require_database
from server.one_process import AlreadyServed, held
from server.platform_check import PlatformRefused, check_platform
from server.settings import Settings, check_certificates
from server.slots import SlotLost, StreamsSplit

_BIND_ERRORS = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)


@click.command("serve")
@click.option("--role", type=click.Choice(("all", "web", "worker")), default="all", show_default=True)
@click.option("--offline", is_flag=True, help="A drill: nothing is sent to partners, phones or by mail, or taken.")
@click.option("--first-start", is_flag=True, hidden=True)
@options
@click.pass_obj
def command(call: Call, *, role: str, offline: bool, first_start: bool) -> None:
    """Run the server; ends on SIGTERM or Ctrl-C, within ten seconds.

    Where another copy of this installation answers at its address, only --offline is accepted.
    """
    settings = call.settings()
    if offline:
        settings = msgspec.structs.replace(settings, federation="off", smtp_url=None)
    try:
        check_platform()
        with refusals():
            check_certificates(settings)
            require_database(settings)
        with held(settings.sqlite_file):
            with refusals():
                asyncio.run(_check(settings, first_start=first_start))
            app.run(settings, role, reaches_phones=not offline)
    except (PlatformRefused, AlreadyServed, StreamsSplit, SlotLost) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        if error.errno in _BIND_ERRORS:
            raise click.ClickException(_cannot_listen(settings, error)) from error
        raise


async def _check(settings: Settings, *, first_start: bool) -> None:
    """Refuse an installation that is not whole; on the first start, make the first administrator."""
    async with opened(settings) as installation:
        await require_alone(installation)
        address = await sign_in_address(installation) if first_start else None
    if address is not None:
        click.echo("First start: sign in as the administrator, once, within 24 hours, at\n\n    " + address + "\n")


def _cannot_listen(settings: Settings, error: OSError) -> str:
    """The address is told by the error's text alone."""
    is_metrics = settings.metrics_address is not None and str(settings.metrics_address) in str(error)
    address = settings.metrics_bind if is_metrics else settings.bind
    return f"cannot listen on {address}: {os.strerror(error.errno or 0)}"
