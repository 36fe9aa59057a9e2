"""One server process on one SQLite file: a lock beside the file, which ends with the process however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyServed(Exception):
    """Another process serves this database; the message is one line for the operator."""


@contextmanager
def held(database_file: Path | None) -> Iterator[None]:
    """Hold the lock of an SQLite file; nothing to hold on PostgreSQL (None). Raises `AlreadyServed`.

    Commands other than `serve` do not take it: they may run meanwhile.
    """
    if database_file is None:
        yield
        return
    lock_file = database_file.with_name(f"{database_file.name}.lock")
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyServed(
                f"another server process runs on {database_file}: end it first, or use PostgreSQL for several"
            ) from error
        yield
    finally:
        os.close(descriptor)
