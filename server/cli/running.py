"""How every command runs: settings, the installation, one document or some lines as answer, and its exit status.

0: done. 1: refused or failed, with the reason on standard error. 2: wrong usage, which click finds itself.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import click
import msgspec
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from server.actions.refusals import Refused
from server.installation import Installation, NotReady, opened
from server.logs import configure_command
from server.settings import Settings, load
from server.settings_checks import SettingsError
from server.vault_key import KeyRefused

Answer = TypeVar("Answer")
Command = TypeVar("Command", bound=Callable[..., object])


@dataclass(slots=True)
class Call:
    """One call of the command line: what was said to whichever command it is."""

    as_json: bool = False
    config: str | None = None

    def settings(self) -> Settings:
        """The settings; malformed ones end the command."""
        with refusals():
            settings = load(os.environ, self.config)
        configure_command(settings)
        return settings

    def perform(
        self, work: Callable[[Installation], Awaitable[Answer]], text: Callable[[Answer], str] | None = None
    ) -> Answer:
        """Do the work on the opened installation, print its answer, as JSON or as `text` makes it, and give it back."""
        settings = self.settings()

        async def on_installation() -> Answer:
            async with opened(settings) as installation:
                return await work(installation)

        with refusals():
            answer = asyncio.run(on_installation())
        self.show(answer, text)
        return answer

    def show(self, answer: Answer, text: Callable[[Answer], str] | None = None) -> None:
        """Print an answer: one JSON document, or lines for people."""
        click.echo(msgspec.json.encode(answer).decode() if self.as_json else (text or as_lines)(answer))


def options(command: Command) -> Command:
    """`--json` and `--config`, which every command takes; they are told to the `Call`."""
    as_json = click.option(
        "--json", "as_json", is_flag=True, expose_value=False, callback=_take_json, help="Print one JSON document."
    )
    config = click.option(
        "--config", expose_value=False, callback=_take_config, metavar="FILE", help="Settings in a TOML file."
    )
    return as_json(config(command))


def _take_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.ensure_object(Call).as_json |= value


def _take_config(context: click.Context, _: click.Parameter, value: str | None) -> None:
    call = context.ensure_object(Call)
    call.config = value or call.config


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what is refused, and what fails for a known reason, into one line on standard error and exit status 1."""
    try:
        yield
    except (SettingsError, NotReady, KeyRefused, Refused) as error:
        raise click.ClickException(str(error)) from error
    except DBAPIError as error:
        # Not `str(error)`: that shows the statement and its values.
        raise click.ClickException(f"the database refused: {error.orig}") from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database failed: {type(error).__name__}") from error
    except OSError as error:
        raise click.ClickException(f"failed: {error}") from error


def as_lines(answer: object) -> str:
    """A list as a table, anything else as `name: value` lines."""
    plain = msgspec.to_builtins(answer)
    if isinstance(plain, list):
        return table(plain)
    if isinstance(plain, dict):
        return "\n".join(f"{name}: {_cell(value)}" for name, value in plain.items())
    return str(plain)


def table(rows: list[dict[str, object]]) -> str:
    """Aligned columns under their names."""
    if not rows:
        return "(none)"
    lines = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cell(value: object) -> str:
    """What somebody called themselves must not move a terminal's cursor or begin a line (threats T130)."""
    shown = "-" if value is None else str(value)
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown)
