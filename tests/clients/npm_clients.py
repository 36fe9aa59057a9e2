"""Clients of `npm/` as processes: packages are installed once, and people sign in when a client asks for it."""

import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.clients.browser import authorize
from tests.clients.conftest import Firms
from tests.foreign.node import installed

_SOURCES = Path(__file__).parent / "npm"
_DAY_SECONDS = 600.0
"""Far more than a day takes on a busy machine."""


def day(firms: Firms, client: str, folder: Path, settings: dict[str, Any]) -> list[str]:
    """Let a client do its day; the steps that it did. Raises `AssertionError` with the one that failed."""
    packages = installed("npm-clients", _SOURCES) / "node_modules"
    own = folder / "day"
    shutil.copytree(_SOURCES, own)
    (own / "node_modules").symlink_to(packages, target_is_directory=True)
    with (own / "log").open("ab") as log:
        process = subprocess.Popen(
            ["node", f"{client}.mjs", json.dumps(settings)],
            cwd=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    end = threading.Timer(_DAY_SECONDS, process.kill)
    end.start()
    try:
        done = _follow(firms, process)
        assert process.wait() == 0, (done, (own / "log").read_text()[-2000:])
    finally:
        end.cancel()
        process.kill()
        process.wait()
    return done


def _follow(firms: Firms, process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdin is not None
    assert process.stdout is not None
    done = []
    for line in process.stdout:
        if not line.startswith("{"):
            continue
        said = json.loads(line)
        if "authorize" in said:
            code = authorize(firms.network(), said["authorize"], said["username"])
            process.stdin.write(f"{code}\n")
            process.stdin.flush()
        else:
            assert "failed" not in said, f"{said['step']}: {said['failed']}"
            done.append(str(said["step"]))
    return done
