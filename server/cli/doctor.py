"""`entrepairs doctor`: whether everything the server leans on is in order; exit status 1 where something is not."""

import asyncio

import click

from server.cli.running import Call, options, table
from server.doctor import Check, examine
from server.system import SystemClock


@click.command("doctor")
@options
@click.pass_obj
@click.pass_context
def command(context: click.Context, call: Call) -> None:
    """Check clock, database, secrets, TLS, media, Redis and partners."""
    checks = asyncio.run(examine(call.settings(), SystemClock().now()))
    call.show(checks, _text)
    context.exit(0 if all(check.ok for check in checks) else 1)


def _text(checks: list[Check]) -> str:
    return table([{"": "ok" if one.ok else "NOT OK", "what": one.what, "hint": one.hint} for one in checks])
