"""Ports for servers that open them a moment later.

Below those that the system gives to connections by itself, and a block for each process of tests, which holds it by
the lock of a file: so nobody takes one meanwhile, not even another run of the tests on the same machine.
"""

import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

FIRST, BLOCKS, FOR_EACH_PROCESS = 22_000, 35, 300


def free_port() -> int:
    """A port of loopback where nobody listens, and that was not given out lately."""
    for port in itertools.islice(_candidates(), FOR_EACH_PROCESS):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port of loopback is free")


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    return [free_port() for _ in range(count)]


@cache
def _candidates() -> Iterator[int]:
    """The ports of a block that no other process holds, over and over; the lock ends with this process."""
    folder = Path(tempfile.gettempdir()) / "entrepairs-tests-ports"
    with suppress(FileExistsError):
        folder.mkdir()
        # Whatever the user's mask is: others put their locks here, too.
        folder.chmod(0o1777)
    for block in range(BLOCKS):
        try:
            lock = os.open(folder / str(block), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError:
            # Another user of this machine has run tests.
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        first = FIRST + block * FOR_EACH_PROCESS
        return itertools.cycle(range(first, first + FOR_EACH_PROCESS))
    raise AssertionError(f"{BLOCKS} processes of tests hold every block of ports")
