"""Bodies of multipart forms, streamed: text parts in memory, files on disk above 1 MiB, every byte counted.

aiohttp's own `Request.post()` has had loop and memory faults (threats 2.1), so its multipart reader is used part by
part and everything is bounded here: parts, bytes of text, bytes of files. What a part claims to be (its name, its
content type) is the sender's word; the kind of a file is found from its bytes by whoever stores it.
"""

import asyncio
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from server.http.errors import bad_request, encoding_refused, too_big

MAX_TEXT_BYTES: Final = 1024 * 1024
"""All text parts of a form together; also a body that is not multipart (threats 2.2)."""
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
"""All files of a form together, where the endpoint names no other limit: one image (threats 2.2)."""
MAX_PARTS: Final = 1000
"""Parts of a form (threats T098): the longest that clients send, a filter with its keywords, has some three hundred."""

_IN_MEMORY_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024
_PLAIN: Final = frozenset({"", "binary", "7bit", "8bit"})


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """A file that came with a form; lives until the request is answered (`Params.close`)."""

    filename: str
    """As sent, possibly empty. Not a path to write to."""
    content_type: str
    """As sent, in lower case without parameters; often empty or `application/octet-stream` whatever the file is."""
    size: int
    """Bytes."""
    file: "SpooledTemporaryFile[bytes]"
    """The content, standing at its start."""

    @classmethod
    def of_file(cls, path: Path) -> "Upload":
        """A file of this machine, as if it had come with a form."""
        copy = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # closed by whoever asked for it
        with path.open("rb") as source:
            shutil.copyfileobj(source, copy)
        size = copy.tell()
        copy.seek(0)
        return cls(path.name, "", size, copy)

    async def content(self) -> bytes:
        """The whole content, read off the event loop. May be asked again."""
        return await asyncio.to_thread(self._read)

    def close(self) -> None:
        """Remove the content. May be called twice."""
        self.file.close()

    def _read(self) -> bytes:
        self.file.seek(0)
        return self.file.read()


async def form_parts(request: web.Request, max_file_bytes: int) -> list[tuple[str, str | Upload]]:
    """Names and values of the parts of a multipart form, in their order.

    `max_file_bytes` bounds all files together. Raises `ApiError`: 413 over a limit, 415 for a part that is compressed
    or encoded, 400 for what is not a form. When it fails in any way, what was read so far is removed.
    """
    with ExitStack() as files:
        try:
            found = await _Reading(request, files, max_file_bytes).parts()
        except (ValueError, LookupError, RuntimeError, AssertionError, HttpProcessingError, web.RequestPayloadError):
            # The kinds that aiohttp's reader raises for broken boundaries, headers, names and character sets.
            raise bad_request("The form could not be read") from None
        files.pop_all()
    return found


def close_all(values: Iterable[object]) -> None:
    """Remove the content of each upload among the values."""
    for value in values:
        if isinstance(value, Upload):
            value.close()


class _Reading:
    """One form while it is read, with what may still come."""

    def __init__(self, request: web.Request, files: ExitStack, max_file_bytes: int) -> None:
        self._request = request
        self._files = files
        self._file_bytes_left = max_file_bytes
        self._text_bytes_left = MAX_TEXT_BYTES

    async def parts(self) -> list[tuple[str, str | Upload]]:
        found: list[tuple[str, str | Upload]] = []
        reader = await self._request.multipart()
        while (part := await reader.next()) is not None:
            if len(found) == MAX_PARTS:
                raise too_big()
            if isinstance(part, MultipartReader) or part.name is None:
                raise bad_request("The form could not be read")
            _refuse_encoded(part)
            found.append((part.name, await self._file(part) if _is_file(part) else await self._text(part)))
        return found

    async def _text(self, part: BodyPartReader) -> str:
        content = bytearray()
        while chunk := await part.read_chunk(_CHUNK_BYTES):
            self._text_bytes_left -= len(chunk)
            if self._text_bytes_left < 0:
                raise too_big()
            content += chunk
        return content.decode("utf-8", "replace")

    async def _file(self, part: BodyPartReader) -> Upload:
        file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # the stack closes it, or Params.close
        self._files.push(file)
        size = 0
        while chunk := await part.read_chunk(_CHUNK_BYTES):
            self._file_bytes_left -= len(chunk)
            if self._file_bytes_left < 0:
                raise too_big()
            size += len(chunk)
            if size > _IN_MEMORY_BYTES:
                await asyncio.to_thread(file.write, chunk)
            else:
                file.write(chunk)
        file.seek(0)
        return Upload(part.filename or "", _content_type(part), size, file)


def _is_file(part: BodyPartReader) -> bool:
    """By its file name; some clients send none, but a content type that no text field has."""
    if part.filename is not None:
        return True
    content_type = _content_type(part)
    return bool(content_type) and not content_type.startswith("text/") and content_type != "application/json"


def _content_type(part: BodyPartReader) -> str:
    return part.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _refuse_encoded(part: BodyPartReader) -> None:
    encoding = part.headers.get("Content-Transfer-Encoding", "").lower()
    if "Content-Encoding" in part.headers or encoding not in _PLAIN:
        raise encoding_refused()
