"""Packages of others, installed once into a cache outside of the repository and found there again."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

_INSTALL_SECONDS = 300.0


def kept(name: str, wanted: Path, install: Callable[[Path], None]) -> Path:
    """The folder in which `install` put what a file asks for, now or at an earlier run. `name` is for people."""
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entrepairs-tests"
    cache.mkdir(parents=True, exist_ok=True)
    found = cache / f"{name}-{digest}"
    done = cache / f"{name}-{digest}.done"
    # Test processes that start together wait for the first of them.
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(found, ignore_errors=True)
            found.mkdir()
            install(found)
            done.touch()
    return found


def run(command: Sequence[str], folder: Path) -> None:
    """Run a step of an installation. Raises `AssertionError` with what it said where it fails."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
