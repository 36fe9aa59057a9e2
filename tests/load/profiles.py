"""Watching the server with py-spy while one kind of work is measured: where its time goes, as collapsed stacks.

Only on request, since to be watched costs the server some of what is measured.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SAMPLES_PER_SECOND = "200"


@contextmanager
def profiled(pid: int, name: str, folder: Path | None) -> Iterator[None]:
    """Watch a process for the time of the block; `FOLDER/NAME.txt` has one line for each stack, with its samples."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name.replace(' ', '-')}.txt"
    beside_python = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    program = shutil.which("py-spy", path=beside_python)
    if program is None:
        raise RuntimeError("py-spy is not installed: pip install py-spy")
    command = [program, "record", "--pid", str(pid), "--nonblocking", "--format", "raw", "--rate", _SAMPLES_PER_SECOND]
    watcher = subprocess.Popen([*command, "--output", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        watcher.send_signal(signal.SIGINT)
        watcher.wait()
