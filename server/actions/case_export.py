"""Taking all of a case out, with the files: a zip file on disk, with an index of hashes and a manifest (product J13).

Memory is bounded whatever the case holds: posts are read a page at a time, files a piece at a time, and the index is
written as it grows. Its hash stands in the manifest, and the manifest's own in the audit trail.
"""

import asyncio
import hashlib
import mimetypes
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Final, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import msgspec

from federation.runtime import Runtime
from models.details import File
from models.gate import CaseReader
from models.proposals import APPROVED, EXPORT_CASE
from models.queries import cases as reading
from models.queries import proposals as proposed
from models.queries.proposals import ProposalRow
from models.writes import audit, proposals
from models.writes import cases as writing
from server.actions.case_files import Found, everything
from server.actions.cases import enter
from server.actions.officers import Officer
from server.actions.refusals import Refused, Unavailable
from server.http.languages import to_translate

_CHUNK_BYTES: Final = 256 * 1024
_ORIGINAL: Final = "original"
INDEX, MANIFEST = "index.jsonl", "manifest.json"


class Files(Protocol):
    """Where the bytes of files are; a `Store` is one."""

    async def fetch(self, name: str, version: str, target: IO[bytes]) -> bool:
        """Copy a file into an open one; False where there is no such file. Raises `Unavailable`."""
        ...


async def export(runtime: Runtime, files: Files, by: Officer, case_id: int) -> IO[bytes]:
    """The zip file, open at its start and gone when it is closed; once for each time that a second person allowed it.

    The permission is used up when the file is whole: what broke off may be tried again. Raises `NotAllowed`,
    `NotThere`, `Refused`, and `Unavailable` where the store is away or the disk is full.
    """
    async with runtime.db.write() as tx:
        viewer = await enter(tx, runtime, by, case_id, "export.take")
        asked = await proposed.of_kind(tx, EXPORT_CASE, subject_id=case_id)
        allowed = next((one for one in reversed(asked) if one.outcome == APPROVED), None)
        if allowed is None:
            raise _not_allowed()
    with ExitStack() as undone:
        target = undone.enter_context(TemporaryFile())
        try:
            manifest, count = await _bundled(runtime, files, by, viewer, allowed, target)
        except OSError as error:
            raise Unavailable(
                to_translate("There is no room for the export on this machine: try again when there is.")
            ) from error
        await _settle(runtime, by, case_id, allowed, manifest, count)
        undone.pop_all()
    await asyncio.to_thread(target.seek, 0)
    return target


def _not_allowed() -> Refused:
    return Refused(to_translate("A second person has to allow this export first."))


async def _settle(
    runtime: Runtime, by: Officer, case_id: int, allowed: ProposalRow, manifest: bytes, count: int
) -> None:
    hash_ = hashlib.sha256(manifest).hexdigest()
    details: dict[str, object] = {"items": count, "manifest": hash_}
    async with runtime.db.write() as tx:
        at = runtime.clock.now()
        await audit.append(tx, at=at, actor=by.acct, action="case-export.done", object=str(case_id), details=details)
        if not await proposals.use(tx, allowed.id):
            raise _not_allowed()
        number = runtime.tokens.next_id(at)
        await writing.note_export(
            tx, export_id=number, case_id=case_id, at=at, items=count, hash_=hash_, manifest=manifest
        )


class _Bundle:
    """The zip file as it grows, and its index beside it. Works on the disk: called in a thread."""

    def __init__(self, whole: ZipFile, index: IO[bytes]) -> None:
        self._zip = whole
        self._index = index
        self.items = 0

    def add(self, name: str, content: IO[bytes] | bytes, said: dict[str, object]) -> None:
        """One file more, with a line of the index that says its size, its hash, and this of it."""
        if isinstance(content, bytes):
            size, digest = self._copied(name, ZIP_DEFLATED, iter([content]))
        else:
            # Pictures, films and sounds are compressed already.
            size, digest = self._copied(name, ZIP_STORED, _pieces(content))
        self.note({"file": name, "bytes": size, "sha256": digest, **said})

    def _copied(self, name: str, compression: int, pieces: Iterator[bytes]) -> tuple[int, str]:
        """Size and SHA-256 of what was put into the zip file."""
        info, digest, size = ZipInfo(name), hashlib.sha256(), 0
        info.compress_type = compression
        with self._zip.open(info, "w", force_zip64=True) as into:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                into.write(piece)
        return size, digest.hexdigest()

    def note(self, line: dict[str, object]) -> None:
        """A line of the index."""
        self._index.write(msgspec.json.encode(line) + b"\n")

    def finish(self, manifest: dict[str, object]) -> bytes:
        """Add the index, and the manifest, which names its hash."""
        self._index.seek(0)
        digest = self._copied(INDEX, ZIP_DEFLATED, _pieces(self._index))[1]
        text = msgspec.json.format(msgspec.json.encode({**manifest, "index": INDEX, "index_sha256": digest}), indent=1)
        self._zip.writestr(MANIFEST, text)
        return text


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: content.read(_CHUNK_BYTES), b"")


async def _bundled(
    runtime: Runtime, files: Files, by: Officer, viewer: CaseReader, allowed: ProposalRow, target: IO[bytes]
) -> tuple[bytes, int]:
    with TemporaryFile() as index, ZipFile(target, "w") as whole:
        bundle = _Bundle(whole, index)
        async for one in everything(runtime, viewer):
            bundle.items += 1
            name = f"items/{bundle.items:06}.json"
            await asyncio.to_thread(bundle.add, name, one.whole, _said(one))
            for number, file in enumerate(one.files, 1):
                await _add_file(bundle, files, file, f"files/{bundle.items:06}-{number}", of=name)
        manifest = await _manifest(runtime, by, viewer.case_id, allowed, bundle.items)
        return await asyncio.to_thread(bundle.finish, manifest), bundle.items


def _said(one: Found) -> dict[str, object]:
    return {
        "uri": one.uri,
        "author": one.author,
        "community": one.community,
        "published": one.published_at,
        "removed": one.removed_at,
        "why": one.why,
    }


async def _add_file(bundle: _Bundle, files: Files, file: File, name: str, *, of: str) -> None:
    """The bytes of a file; of one that is not here, a line that says so. A partner's is not fetched: it would learn."""
    said: dict[str, object] = {"of": of, "type": file.media_type, "description": file.description}
    if file.name is None:
        bundle.note({"file": None, "url": file.url, **said})
        return
    with TemporaryFile() as content:
        if not await files.fetch(file.name, _ORIGINAL, content):
            bundle.note({"file": None, "missing": file.name, **said})
            return
        suffix = mimetypes.guess_extension(file.media_type or "") or ""
        await asyncio.to_thread(bundle.add, f"{name}{suffix}", content, said)


async def _manifest(runtime: Runtime, by: Officer, case_id: int, allowed: ProposalRow, items: int) -> dict[str, object]:
    async with runtime.db.read() as tx:
        case = await reading.one(tx, case_id)
        people, communities = await reading.people(tx, case_id), await reading.communities(tx, case_id)
    assert case is not None, "who works in it has just been let in"
    return {
        "server": runtime.config.domain,
        "case": str(case_id),
        "title": case.title,
        "people": people,
        "communities": communities,
        "begins": case.begins_at,
        "ends": case.ends_at,
        "opened": case.opened_at,
        "exported": runtime.clock.now(),
        "exported_by": by.acct,
        "asked_for_by": allowed.by_name,
        "allowed_by": allowed.decided_by_name,
        "items": items,
    }
