"""Objects of a folder or a bucket, by obstore: what is missing is `FileNotFoundError`, whatever else fails `OSError`.

Loaded by `store.py` when a file is first kept or read: it takes four megabytes, which a server without files saves.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

CHUNK_BYTES: Final = 256 * 1024
_WHOLE_BYTES: Final = 8 * 1024 * 1024
"""What is larger goes to S3 in parts."""
_TIMEOUT: Final = "30s"


class ObjectsAway(OSError):
    """The folder or the bucket did not do what was asked; its cause says why."""


class Objects:
    """Those of one folder or bucket."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    async def put(self, key: str, content: bytes | IO[bytes]) -> None:
        """Keep one, in the place of an older one."""
        with _plain_errors():
            await obstore.put_async(self._store, key, content, chunk_size=_WHOLE_BYTES)

    async def get(self, key: str, part: tuple[int, int] | None = None) -> tuple[int, AsyncIterator[bytes]]:
        """Size of one, and its bytes, or those of a part of it, as they are read."""
        with _plain_errors():
            found = await obstore.get_async(self._store, key, options={"range": part} if part else {})
            return found.meta["size"], _bytes_of(found)

    async def size(self, key: str) -> int:
        """How many bytes one has."""
        with _plain_errors():
            return (await obstore.head_async(self._store, key))["size"]

    async def delete(self, key: str) -> None:
        """Remove one."""
        with _plain_errors():
            await obstore.delete_async(self._store, key)


def in_folder(folder: Path) -> Objects:
    """Those of a folder, which is made where it is not there yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Objects(LocalStore(folder, automatic_cleanup=True))


def in_bucket(url: str) -> Objects:
    """Those of `s3://bucket/prefix`."""
    parts = urlsplit(url)
    prefix = parts.path.strip("/") or None
    # Plain HTTP only if AWS_ENDPOINT_URL says so: a store in the same machine room.
    return Objects(S3Store(parts.netloc, prefix=prefix, client_options={"timeout": _TIMEOUT, "allow_http": True}))


async def _bytes_of(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    with _plain_errors():
        async for chunk in found.stream(CHUNK_BYTES):
            yield bytes(chunk)


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        raise FileNotFoundError from error
    except BaseError as error:
        raise ObjectsAway from error
