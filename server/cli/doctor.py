"""`entrepairs doctor`: whether everything the server leans on is in order; exit status 1 where something is not."""

import asyncio

import click
import msgspec

from server.cli.running import Call, options, table
from server.doctor import Check, examine
from server.system import SystemClock


class Line(msgspec.Struct, frozen=True):
    """One thing that was looked at; the hint says how it is, or what to do."""

    ok: bool
    what: str
    hint: str


@click.command("doctor")
@options
@click.pass_obj
@click.pass_context
def command(context: click.Context, call: Call) -> None:
    """Check clock, database, secrets, TLS, media, Redis and partners."""
    checks = asyncio.run(examine(call.settings(), SystemClock().now()))
    call.show([_line(check) for check in checks], _text)
    context.exit(0 if all(check.ok for check in checks) else 1)


def _line(check: Check) -> Line:
    return Line(check.ok, check.what, check.hint)


def _text(lines: list[Line]) -> str:
    return table([{"": "ok" if one.ok else "NOT OK", "what": one.what, "hint": one.hint} for one in lines])
