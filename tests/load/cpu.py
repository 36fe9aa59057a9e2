"""What work costs, read from /proc: CPU seconds and memory of a process tree, and of a PostgreSQL server's backends.

CPU seconds are the figure to compare: wall rates on a small shared machine move by two to five times, these by a third.
"""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLE_SECONDS = 0.05


@dataclass
class Spent:
    """What a measured stretch cost: CPU seconds of server and database together, and seconds on the wall."""

    cpu: float = 0.0
    database_cpu: float = 0.0
    wall: float = 0.0
    slowness: float = 1.0
    """Of the machine just before and just after, see `machine.py`."""


def tree_cpu_seconds(pid: int) -> float:
    """User and system time of a process and all below it, children that have ended included."""
    return sum(_seconds(member, slice(11, 15)) for member in _tree(pid))


def tree_memory_mib(pid: int) -> float:
    """Resident memory of a process and all below it."""
    return sum(_status_kib(member, "VmRSS") for member in _tree(pid)) / 1024


class NoDatabase:
    """SQLite's work is done in the server's own process."""

    def start(self) -> None:
        """Nothing to watch."""

    def stop(self) -> float:
        """Nothing was used."""
        return 0.0


class Backends:
    """CPU of one PostgreSQL database's backends, watched from outside.

    Connections come and go, and one that has ended leaves no trace of its own in /proc, so they are looked at twenty
    times a second. Shared processes (write-ahead log, checkpoints) are not counted: other databases use them too.
    """

    def __init__(self, database: str, own_pid: int) -> None:
        """`own_pid`: the backend of the connection by which the benchmark itself looks; left out."""
        self._name = f" {database} "
        self._own_pid = own_pid
        self._postmaster = _parent(own_pid)
        self._is_ours: dict[int, bool] = {}
        self._before: dict[int, float] = {}
        self._seen: dict[int, float] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Count from here."""
        self._before = self._look()
        self._seen = dict(self._before)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """CPU seconds since `start`."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._seen |= self._look()
        return sum(self._seen.values()) - sum(self._before.values())

    def _watch(self) -> None:
        while not self._stopping.wait(_SAMPLE_SECONDS):
            self._seen |= self._look()

    def _look(self) -> dict[int, float]:
        return {pid: _seconds(pid, slice(11, 13)) for pid in _children(self._postmaster) if self._ours(pid)}

    def _ours(self, pid: int) -> bool:
        if pid not in self._is_ours:
            title = b""
            with suppress(OSError):
                title = Path(f"/proc/{pid}/cmdline").read_bytes()
            # A backend that has only just begun has no title yet, and is looked at again.
            if b"postgres:" not in title:
                return False
            self._is_ours[pid] = self._name.encode() in title and pid != self._own_pid
        return self._is_ours[pid]


def _tree(pid: int) -> list[int]:
    members, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        members.append(member)
        waiting += _children(member)
    return members


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _seconds(pid: int, fields: slice) -> float:
    """Some of utime, stime, cutime, cstime (proc(5)); 0 for a process that is no more."""
    try:
        return sum(map(int, _stat(pid)[fields])) / _TICKS
    except OSError:
        return 0.0


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may itself contain blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _status_kib(pid: int, name: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0
