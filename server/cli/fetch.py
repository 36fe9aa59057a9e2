"""`entrepairs fetch URI`: what a document elsewhere would become here, without storing it."""

from functools import partial

import click
import msgspec

from server.cli.running import Call, as_lines, options, table
from server.inspection import Inspection, inspect


@click.command("fetch")
@click.argument("uri")
@options
@click.pass_obj
@click.pass_context
def command(context: click.Context, call: Call, uri: str) -> None:
    """Fetch URI through the gate, signed by this server, and show every step; exit status 1 where it is refused.

    Nothing is stored, and nothing is remembered of it.
    """
    seen = call.perform(partial(inspect, uri=uri), _as_steps)
    if not seen.verdict.stored:
        click.echo(f"Error: it would be refused: {seen.verdict.why}", err=True)
        context.exit(1)


def _as_steps(seen: Inspection) -> str:
    steps = [
        ("Host", as_lines(seen.decision) if seen.decision else "-"),
        ("Requests", table([msgspec.to_builtins(hop) for hop in seen.hops])),
        ("Document", as_lines(seen.document) if seen.document else "-"),
        ("Understood as", as_lines(seen.normalised) if seen.normalised else "-"),
        ("Would be stored", as_lines(seen.verdict)),
    ]
    return "\n\n".join(f"{title}:\n{text}" for title, text in steps)
