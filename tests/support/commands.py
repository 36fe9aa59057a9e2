"""The command line as people use it: its environment, what it prints, how it ends.

Commands run in this process, which saves a second each; `Firm.process` runs one in a process of its own.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import structlog
from click.testing import CliRunner

from server.cli.main import main

REPOSITORY = Path(__file__).parents[2]

_PROCESS_SECONDS = 300.0
"""More than a process takes on a busy machine, a server included that a test lets end by itself."""

_TESTS_LOG = structlog.get_config()
"""How tests log, which a command in this process changes for all that come after it."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    output: str
    errors: str

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return msgspec.json.decode(self.output)


@dataclass(frozen=True)
class Firm:
    """One installation in a folder of its own."""

    folder: Path
    domain: str = "alpha.test"
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPAIRS_")}
        own = {
            "DOMAIN": self.domain,
            "BASE_URL": f"http://{self.domain}",
            "DATA_DIR": str(self.folder / "data"),
            **self.settings,
        }
        return inherited | {"PYTHONPATH": str(REPOSITORY)} | {f"ENTREPAIRS_{key}": value for key, value in own.items()}

    def run(self, *arguments: str, given: str = "", **settings: str) -> Outcome:
        """Run a command; `given` is its standard input, `settings` differ from the firm's for this once."""
        others: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith("ENTREPAIRS_"))
        changed = {f"ENTREPAIRS_{key}": value for key, value in settings.items()}
        try:
            ended = CliRunner(catch_exceptions=False).invoke(
                main, arguments, input=given, env=others | self.environment | changed
            )
        finally:
            structlog.configure(**_TESTS_LOG)
        return Outcome(ended.exit_code, ended.stdout, ended.stderr)

    def process(self, *arguments: str) -> Outcome:
        """Run a command in a process of its own."""
        ended = subprocess.run(
            [sys.executable, "-m", "server.cli.main", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_PROCESS_SECONDS,
            check=False,
        )
        return Outcome(ended.returncode, ended.stdout, ended.stderr)

    def ask(self, *arguments: str, given: str = "") -> Any:
        """Run a command that must succeed; its JSON document."""
        outcome = self.run(*arguments, "--json", given=given)
        assert outcome.status == 0, outcome.errors
        return outcome.document

    def refusal(self, *arguments: str, **settings: str) -> str:
        """Run a command that must be refused; the reason it gives."""
        outcome = self.run(*arguments, "--json", **settings)
        assert outcome.status == 1, outcome
        assert outcome.output == ""
        return outcome.errors

    def user(self, name: str, role: str = "member") -> Any:
        """Make a person."""
        return self.ask("user", "create", name, "--email", f"{name}@{self.domain}", "--role", role)
