"""What the readers of films and sounds have in common: parts of a file, and overwriting one by nothing."""

import os
from typing import IO, Final

import msgspec

_ZEROS: Final = bytes(64 * 1024)


class Unreadable(Exception):
    """The file is not what it begins as, or has something that is not taken; the text, if any, is for its owner."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a film or a sound."""

    has_picture: bool
    duration: float | None = None
    """Seconds."""
    width: int | None = None
    height: int | None = None
    bit_rate: int | None = None


class Part(msgspec.Struct, frozen=True):
    """A stretch of a file: where its head begins, and its content begins and ends."""

    kind: bytes
    head: int
    start: int
    end: int


def size_of(file: IO[bytes]) -> int:
    """How long the file is."""
    return file.seek(0, os.SEEK_END)


def erase(file: IO[bytes], start: int, end: int) -> None:
    """Overwrite a stretch by zeros."""
    file.seek(start)
    while start < end:
        start += file.write(_ZEROS[: end - start])


def blank(file: IO[bytes], box: Part, kind: bytes) -> None:
    """Overwrite the content of a box, and name it as one that players skip."""
    file.seek(box.head + 4)
    file.write(kind)
    erase(file, box.start, box.end)


def shift(file: IO[bytes], start: int, end: int) -> None:
    """Keep only this stretch of the file."""
    position = 0
    while start < end:
        file.seek(start)
        chunk = file.read(min(len(_ZEROS), end - start))
        if not chunk:
            break
        file.seek(position)
        file.write(chunk)
        start += len(chunk)
        position += len(chunk)
    file.truncate(position)
