"""Node and packages of npm: installed once from a lock file, into a cache outside of the repository."""

import shutil
import subprocess
from pathlib import Path

from tests.foreign.kept import kept, run
from tests.support.databases import missing

_OLDEST_NODE = 20
_ASK_SECONDS = 60.0


def installed(name: str, sources: Path) -> Path:
    """The folder that holds the `node_modules` of a lock file in `sources`; `name` is for people.

    Skips the test where there is no Node, except in CI. No script of a package is run.
    """
    _require_node()

    def install(target: Path) -> None:
        for file in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(sources / file, target)
        run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], target)

    return kept(name, sources / "package-lock.json", install)


def _require_node() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("Node", "node and npm are not installed")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=_ASK_SECONDS, check=True)
    if int(said.stdout.strip().removeprefix("v").partition(".")[0]) < _OLDEST_NODE:
        missing("Node", f"{said.stdout.strip()} is older than {_OLDEST_NODE}")
