"""Where files of our own people lie: a folder, or a bucket of an S3-compatible server, through one interface.

Names in it are made here (threats T112). Credentials, region and endpoint of S3 come from the environment variables
that all its tools know (`AWS_…`). Nobody but this server reads from it: who may have a file, the gate says each time.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import msgspec

from server.actions.refusals import Unavailable

if TYPE_CHECKING:
    from server.media.objects import Objects

ORIGINAL, SMALL, RAW = "original", "small", "raw"
"""What there is of a file: to be shown, its preview, and, before it was worked on, as it came."""
VERSIONS: Final = (ORIGINAL, SMALL)


class StoreAway(Unavailable):
    """The store did not answer: nothing is lost, and the same may be tried again."""

    def __init__(self, error: OSError) -> None:
        super().__init__("Files cannot be reached right now: try again in a minute")
        self.reason: Final = type(error.__cause__ or error).__name__


class Opened(msgspec.Struct, frozen=True):
    """A file, or a part of one, as it is read."""

    size: int
    """Of the whole file."""
    start: int
    end: int
    """Behind the last byte of the part."""
    chunks: AsyncIterator[bytes]


class Store:
    """One for the process. Connects when it is first used: a server without its files still has its texts (T212)."""

    def __init__(self, url: str) -> None:
        """`url`: `file:///folder` or `s3://bucket/prefix`."""
        self._url = url
        self._opened: Objects | None = None
        parts = urlsplit(url)
        self.folder: Final = Path(unquote(parts.path)) if parts.scheme == "file" else None

    async def put(self, name: str, version: str, content: bytes | IO[bytes]) -> None:
        """Keep one version of a file; a file-like object is read from its start. Raises `StoreAway`."""
        if not isinstance(content, bytes):
            await asyncio.to_thread(content.seek, 0)
        try:
            await (await self._objects()).put(_key(name, version), content)
        except OSError as error:
            raise StoreAway(error) from error

    async def open(self, name: str, version: str, part: tuple[int, int | None] | None = None) -> Opened | None:
        """Read a file, or the bytes from one place up to before another; None where there is no such file.

        An `IndexError` where the part lies beyond the end. Raises `StoreAway`.
        """
        key = _key(name, version)
        try:
            objects = await self._objects()
            if part is None:
                size, chunks = await objects.get(key)
                return Opened(size, 0, size, _read(chunks))
            size = await objects.size(key)
            start = max(0, size + part[0]) if part[0] < 0 else part[0]
            end = size if part[1] is None else min(part[1], size)
            if start >= end:
                raise IndexError(start)
            _, chunks = await objects.get(key, (start, end))
            return Opened(size, start, end, _read(chunks))
        except FileNotFoundError as error:
            await self._require_folder(error)
            return None
        except OSError as error:
            raise StoreAway(error) from error

    async def bytes_of(self, name: str) -> int | None:
        """How many bytes a file has, with its preview; None where there is no such file. Raises `StoreAway`."""
        total = 0
        for version in VERSIONS:
            try:
                total += await (await self._objects()).size(_key(name, version))
            except FileNotFoundError as error:
                await self._require_folder(error)
                if version == ORIGINAL:
                    return None
            except OSError as error:
                raise StoreAway(error) from error
        return total

    async def fetch(self, name: str, version: str, target: IO[bytes]) -> bool:
        """Copy a file into an open one; False where there is no such file. Raises `StoreAway`."""
        found = await self.open(name, version)
        if found is None:
            return False
        async for chunk in found.chunks:
            await asyncio.to_thread(target.write, chunk)
        await asyncio.to_thread(target.seek, 0)
        return True

    async def erase(self, names: Collection[str]) -> None:
        """Remove every version of these files; what is not there is no error. Raises `StoreAway`."""
        for name in names:
            await self.erase_versions(name, (*VERSIONS, RAW))

    async def erase_versions(self, name: str, versions: Collection[str]) -> None:
        """Remove some versions of a file. Raises `StoreAway`."""
        for version in versions:
            try:
                await (await self._objects()).delete(_key(name, version))
            except FileNotFoundError as error:
                await self._require_folder(error)
            except OSError as error:
                raise StoreAway(error) from error

    async def check(self) -> None:
        """Write a file, read it, remove it. Raises `StoreAway`."""
        name = "probe"
        await self.put(name, RAW, b"probe")
        found = await self.open(name, RAW)
        if found is None or b"".join([chunk async for chunk in found.chunks]) != b"probe":
            raise StoreAway(FileNotFoundError(name))
        await self.erase_versions(name, (RAW,))

    async def _objects(self) -> "Objects":
        if self._opened is None:
            self._opened = await asyncio.to_thread(self._connected)
        return self._opened

    async def _require_folder(self, error: OSError) -> None:
        """A folder that is gone as a whole is a disk that is away, and no proof that a file is. Raises `StoreAway`."""
        if self.folder is not None and not await asyncio.to_thread(self.folder.is_dir):
            raise StoreAway(error) from error

    def _connected(self) -> "Objects":
        made: Objects
        objects = import_module("server.media.objects")
        made = objects.in_bucket(self._url) if self.folder is None else objects.in_folder(self.folder)
        return made


async def _read(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body, piece by piece. Raises `StoreAway` where it breaks off."""
    try:
        async for chunk in chunks:
            yield chunk
    except OSError as error:
        raise StoreAway(error) from error


def _key(name: str, version: str) -> str:
    return f"files/{name[:2]}/{name}/{version}"
