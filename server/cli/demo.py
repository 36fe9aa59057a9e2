"""`entrepairs demo`: two firms on this machine that share a community, until Ctrl-C. Behind `make demo`.

Everything lies in one temporary folder, which is removed at the end.
"""

import asyncio
import shutil
import signal
import socket
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

import click

from federation.runtime import Clock
from server.actions.passwords import Passwords
from server.cli.running import Call, options
from server.demo import guide
from server.demo.caller import CallFailed
from server.demo.office import DemoFailed, Office
from server.demo.story import ALPHA, BETA, COMMUNITIES, PEOPLE, agree, tell
from server.system import SystemClock

PASSWORD: Final = "entre-pairs-demo"  # noqa: S105 - printed: it guards nothing but the demonstration
USUAL_PORTS: Final = (8101, 8102)

_LOOPBACK: Final = "127.0.0.1"
_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("demo", hidden=True)
@click.option(
    "--ports",
    type=(click.IntRange(1, 65535), click.IntRange(1, 65535)),
    help="Of the two firms; by default 8101 and 8102, or any that are free.",
)
@options
@click.pass_obj
def command(call: Call, *, ports: tuple[int, int] | None) -> None:
    """Run two firms that share a community, with people and posts; Ctrl-C ends both and leaves nothing behind."""
    chosen = _checked(ports) if ports else _free_ports()
    folder = Path(tempfile.mkdtemp(prefix="entrepairs-demo-"))
    try:
        asyncio.run(_demonstrate(call, folder, chosen))
    except (DemoFailed, CallFailed) as error:
        raise click.ClickException(str(error)) from error
    finally:
        shutil.rmtree(folder)


async def _demonstrate(call: Call, folder: Path, ports: tuple[int, int]) -> None:
    """Everything until one of the signals comes, at whatever moment; a second one changes nothing."""
    stop = asyncio.Event()
    for number in _ENDINGS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    offices = Office(ALPHA, ports[0], folder / ALPHA), Office(BETA, ports[1], folder / BETA)
    show = asyncio.ensure_future(_show(call, offices, SystemClock()))
    told_to_stop = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((show, told_to_stop), return_when=asyncio.FIRST_COMPLETED)
        if show.done():
            show.result()
    finally:
        show.cancel()
        told_to_stop.cancel()
        await asyncio.gather(show, told_to_stop, return_exceptions=True)
        _say("Ending both servers ...")
        await asyncio.gather(*(office.stop() for office in offices))
        # What comes while the folder is removed, when the loop does not listen any more, would leave a part of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)


async def _show(call: Call, offices: tuple[Office, Office], clock: Clock) -> None:
    """Found, start, fill and explain; then stay until a server ends by itself, which is an error."""
    _say("Founding two firms ...")
    hosts = " ".join(f"{office.domain}=127.0.0.1:{office.port}" for office in offices)
    passwords = Passwords()
    password_hash = await passwords.hash(PASSWORD)
    passwords.close()
    alpha, beta = offices
    for office in (alpha, beta):
        office.write_settings(hosts)
        await _whole(office.found(PEOPLE[office.domain], password_hash, COMMUNITIES[office.domain]))
    _say("Starting their servers ...")
    await asyncio.gather(*(office.start(clock) for office in offices))
    _say("Signing an agreement between them ...")
    await agree(alpha, beta, clock)
    _say("Letting people of both talk ...")
    await tell(alpha, beta, clock)
    call.show(guide.running(offices, PASSWORD), guide.text)
    await asyncio.gather(*(office.ended() for office in offices))


async def _whole(work: Coroutine[None, None, None]) -> None:
    """Do `work` to its end, also where a signal comes in between.

    Given up halfway, the threads of its database go on writing into the folder while it is removed, and a part stays.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    finally:
        await asyncio.wait([task])


def _say(line: str) -> None:
    """Progress, on standard error, so that `--json` prints one document."""
    click.echo(line, err=True)


def _checked(ports: tuple[int, int]) -> tuple[int, int]:
    """The same. Refuses at once what the servers would find out only after everybody was made."""
    for port in ports:
        if not _is_free(port):
            raise click.ClickException(f"port {port} of this machine is taken: choose others with --ports")
    return ports


def _free_ports() -> tuple[int, int]:
    """The usual ones, where nobody listens there, else any others."""
    if all(_is_free(port) for port in USUAL_PORTS):
        return USUAL_PORTS
    with socket.socket() as one, socket.socket() as other:
        one.bind((_LOOPBACK, 0))
        other.bind((_LOOPBACK, 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: an address that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True
