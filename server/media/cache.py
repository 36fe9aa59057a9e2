"""Copies of partners' files on disk, within a bound; what was not asked for the longest goes first.

A file's name is made from its address, so nothing that others wrote becomes a path (threats T112). When it was last
asked for is the time on the file. Everything here works on the disk: call what may take long in a thread.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

KEPT_UNUSED: Final = timedelta(days=30)
"""Threats T183."""

_ROOM: Final = 0.9
"""Emptied down to this part of the bound, so that not every new file has to make room."""
_UNFINISHED: Final = ".part"
_UNFINISHED_SECONDS: Final = 3600
_TOUCH_SECONDS: Final = 60


class FileCache:
    """The folder of one installation. Several processes may share it."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._total: int | None = None

    def find(self, url: str, now: datetime) -> Path | None:
        """The copy of a file, marked as asked for; None where there is none."""
        path = self._path(url)
        try:
            last = path.stat().st_mtime
            if now.timestamp() - last > _TOUCH_SECONDS:
                os.utime(path, (now.timestamp(), now.timestamp()))
        except OSError:
            return None
        return path

    def begin(self, url: str, number: int) -> "Unfinished":
        """A copy to be written. `number` tells it from others of the same file."""
        path = self._path(url)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Unfinished(path, path.with_name(f"{path.name}-{number}{_UNFINISHED}"))

    def finish(self, copy: "Unfinished", now: datetime) -> Path:
        """Put a whole copy in its place, and make room where it is too much."""
        copy.file.close()
        size = copy.part.stat().st_size
        os.utime(copy.part, (now.timestamp(), now.timestamp()))
        copy.part.rename(copy.path)
        self._total = None if self._total is None else self._total + size
        if self._total is None or self._total > self._most_bytes:
            self.trim(now)
        return copy.path

    def trim(self, now: datetime) -> int:
        """Remove what was not asked for in a month, then the oldest until the rest has room; the bytes that are left.

        A file that is being sent is sent to its end all the same.
        """
        found = sorted(self._files())
        total = sum(size for _, size, _ in found)
        # Within the bound nothing but age counts; beyond it, some more goes than has to.
        goal = self._most_bytes if total <= self._most_bytes else self._most_bytes * _ROOM
        for used, size, path in found:
            if total <= goal and now.timestamp() - used <= KEPT_UNUSED.total_seconds():
                break
            with suppress(OSError):
                path.unlink()
            total -= size
        for path in self._folder.glob(f"*/*{_UNFINISHED}"):
            with suppress(OSError):
                if now.timestamp() - path.stat().st_mtime > _UNFINISHED_SECONDS:
                    path.unlink()
        self._total = total
        return total

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each was last asked for, its size, its place."""
        for path in self._folder.glob("*/*"):
            if path.suffix == _UNFINISHED:
                continue
            with suppress(OSError):
                found = path.stat()
                yield found.st_mtime, found.st_size, path

    def _path(self, url: str) -> Path:
        name = sha256(url.encode()).hexdigest()
        return self._folder / name[:2] / name


class Unfinished:
    """A copy that is being written."""

    def __init__(self, path: Path, part: Path) -> None:
        self.path = path
        self.part = part
        self.file: BinaryIO = part.open("wb")

    def drop(self) -> None:
        """It will not be whole."""
        self.file.close()
        with suppress(OSError):
            self.part.unlink()
