"""One file with everything that a firm's server is: database, secrets, files. Made while it runs, put back while not.

What is put back is older than the present: what was erased, removed and revoked since is taken from the database that
is replaced, or where that is lost from `gone_journal.py`'s file, and done again (threats T219 to T222).
"""

import asyncio
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from models.engine import Database
from models.migrate import SchemaError, upgrade
from models.queries.restoring import Gone, gone
from models.writes import audit, restoring
from models.writes.audit import OPERATOR
from server import gone_journal, one_process, vault_key
from server.actions import backed_up
from server.actions.backed_up import LastBackup
from server.actions.refusals import Refused
from server.installation import Installation
from server.settings import Settings
from server.slots import NoSlotLeft, taken

FORMAT: Final = 1
_MANIFEST, _SQLITE, _DUMP, _KEY, _MEDIA = "manifest.json", "database.sqlite", "database.pgdump", "vault.key", "media"
_PIECE: Final = 1 << 20


class Manifest(msgspec.Struct, frozen=True):
    """What the file is a copy of."""

    format: int
    domain: str
    base_url: str
    revision: str
    made_at: datetime
    database: str
    """Name of its member in the file: which kind of database it is."""
    digest: str
    """SHA-256 of that member."""
    files: int
    """How many media files are in it."""


class Restored(msgspec.Struct, frozen=True):
    """What was put back, and what was done again."""

    made_at: datetime
    revision: str
    files: int
    kept_out: dict[str, int]
    """How many of each there are that the copy had, or may have had, and the present has not."""
    all_signed_out: bool
    previous: str | None
    """Where the database of before lies now."""


async def backup(here: Installation, file: Path, *, with_media: bool) -> Manifest:
    """Write the copy, readable by nobody else; under its name only once it is whole. Raises `Refused`."""
    async with here.db.read() as tx:
        revision = await schema.revision(tx) or ""
    partial = file.with_name(f".{file.name}.part")
    try:
        with TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            kept = await asyncio.to_thread(_database_copy, here.settings, Path(folder))
            media = _media_files(here.settings) if with_media else []
            manifest = Manifest(
                format=FORMAT,
                domain=here.settings.domain,
                base_url=here.settings.base_url,
                revision=revision,
                made_at=here.clock.now(),
                database=kept.name,
                digest=_digest(kept),
                files=len(media),
            )
            await asyncio.to_thread(_pack, partial, manifest, kept, here.settings, media)
        size = partial.stat().st_size
        partial.replace(file)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    await _note(here, LastBackup(manifest.made_at, size, manifest.database, manifest.files))
    return manifest


async def _note(here: Installation, made: LastBackup) -> None:
    """For the overview and the trail. A database that cannot be written just now does not undo a copy that is whole."""
    with suppress(SQLAlchemyError):
        async with here.db.write() as tx:
            await backed_up.note(tx, here, made)


def _database_copy(settings: Settings, folder: Path) -> Path:
    if settings.sqlite_file is not None:
        kept = folder / _SQLITE
        # SQLite's own way to copy a file that is written meanwhile: the copy is one instant of it.
        with sqlite3.connect(settings.sqlite_file) as source, sqlite3.connect(kept) as target:
            source.backup(target)
        target.close()
        source.close()
        return kept
    kept = folder / _DUMP
    _run_postgres(settings, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={kept}")
    return kept


def _run_postgres(settings: Settings, program: str, *arguments: str) -> None:
    """A program of PostgreSQL on the database; the password goes by the environment, which others cannot read."""
    path = shutil.which(program)
    if path is None:
        raise Refused(f"{program} is missing: install the client programs of PostgreSQL (postgresql-client).")
    url = make_url(settings.database_url).set(drivername="postgresql")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    plain = url.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [path, *arguments, f"--dbname={plain}"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused(
            f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason'}"
        )


def _media_folder(settings: Settings) -> Path | None:
    parts = urlsplit(settings.media_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _media_files(settings: Settings) -> list[Path]:
    folder = _media_folder(settings)
    return sorted(one for one in folder.rglob("*") if one.is_file()) if folder and folder.is_dir() else []


def _pack(partial: Path, manifest: Manifest, kept: Path, settings: Settings, media: list[Path]) -> None:
    folder = _media_folder(settings)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        with tarfile.open(fileobj=target, mode="w") as bundle:
            described = kept.with_name(_MANIFEST)
            described.write_bytes(msgspec.json.encode(manifest))
            bundle.add(described, _MANIFEST)
            bundle.add(kept, kept.name)
            bundle.add(vault_key.path(settings.data_folder), _KEY)
            for one in media:
                # A file may be erased while the others are packed.
                if folder is not None and one.exists():
                    bundle.add(one, f"{_MEDIA}/{one.relative_to(folder)}")
        target.flush()
        os.fsync(target.fileno())


def _digest(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class _Unpacked:
    manifest: Manifest
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / self.manifest.database


async def restore(settings: Settings, file: Path, *, now: Callable[[], datetime], signs_out: bool) -> Restored:
    """Put a copy in the place of what is there, while no server runs on it. Raises `Refused`."""
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.data_folder, prefix=".restore-") as folder:
        unpacked = await asyncio.to_thread(_unpack, file, Path(folder))
        _check(settings, unpacked)
        try:
            with one_process.held(settings.sqlite_file):
                return await _put_back(settings, unpacked, now(), signs_out=signs_out)
        except one_process.AlreadyServed as error:
            raise Refused(f"{error}; nothing was put back") from error


def _unpack(file: Path, folder: Path) -> _Unpacked:
    try:
        with tarfile.open(file) as bundle:
            for member in bundle:
                _take_out(bundle, member, folder)
        manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except (OSError, tarfile.TarError, msgspec.DecodeError) as error:
        raise Refused(f"{file} is no backup of this program: {error}") from error
    return _Unpacked(manifest, folder)


def _take_out(bundle: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Files alone and inside the folder alone: no links, no devices, whoever made the archive (threats T182).

    By hand, since the filters of `extractall` came with Python 3.11.4, and Debian 12 has 3.11.2.
    """
    source, name = bundle.extractfile(member) if member.isreg() else None, PurePosixPath(member.name)
    if source is None or name.is_absolute() or ".." in name.parts:
        raise tarfile.TarError(f"{member.name!r} is no file of a backup")
    target = folder / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source, os.fdopen(descriptor, "wb") as written:
        shutil.copyfileobj(source, written)


def _check(settings: Settings, unpacked: _Unpacked) -> None:
    manifest = unpacked.manifest
    wanted = _SQLITE if settings.sqlite_file is not None else _DUMP
    if manifest.format != FORMAT or manifest.revision not in schema.revisions():
        raise Refused(f"The backup is of a newer version (revision {manifest.revision}): install that one first.")
    if (manifest.domain, manifest.base_url) != (settings.domain, settings.base_url):
        raise Refused(f"The backup is of {manifest.domain} ({manifest.base_url}), and this is {settings.domain}.")
    if manifest.database != wanted:
        raise Refused("The backup is of another kind of database than ENTREPAIRS_DATABASE_URL names.")
    if not unpacked.database.is_file() or _digest(unpacked.database) != manifest.digest:
        raise Refused("The backup is damaged: its database is not the one that was packed.")
    key = vault_key.path(settings.data_folder)
    if key.exists() and key.read_bytes() != (unpacked.folder / _KEY).read_bytes():
        raise Refused(f"{key} is another key than the backup's: move it away if the backup is the right one.")


async def _put_back(settings: Settings, unpacked: _Unpacked, at: datetime, *, signs_out: bool) -> Restored:
    if settings.sqlite_file is None:
        await _require_replaceable(settings)
    present = await _present(settings)
    if present is None:
        present = gone_journal.read(settings.data_folder, settings.domain, since=unpacked.manifest.made_at)
    all_out = signs_out or present is None
    _place_key(settings, unpacked.folder / _KEY)
    files = await asyncio.to_thread(_place_media, settings, unpacked.folder / _MEDIA)
    url = f"sqlite+aiosqlite:///{unpacked.database}"
    if settings.sqlite_file is None:
        url = settings.database_url
        await asyncio.to_thread(_restore_dump, settings, unpacked.database)
    try:
        revision = (await upgrade(url)).after
    except SchemaError as error:
        raise Refused(str(error)) from error
    await _forget_again(url, settings, present, at, signs_out=all_out)
    # Last, so that a copy in which something is back that was gone never stands in the place of the present.
    previous = None if settings.sqlite_file is None else _replace_file(settings.sqlite_file, unpacked.database, at)
    return Restored(
        made_at=unpacked.manifest.made_at,
        revision=revision,
        files=files,
        kept_out=_counted(present),
        all_signed_out=all_out,
        previous=previous,
    )


def _counted(present: Gone | None) -> dict[str, int]:
    if present is None:
        return {}
    return {
        "people": len(present.leavers),
        "posts": len(present.deleted_posts),
        "names": len(present.retired_names),
    }


async def _require_replaceable(settings: Settings) -> None:
    """Raises `Refused` where the present database is a newer version's: its tables hold on to those of the copy."""
    db = Database(settings.database_url, pool_size=1)
    try:
        async with db.read() as tx:
            revision = await schema.revision(tx)
    except SQLAlchemyError:
        return
    finally:
        await db.close()
    if revision is not None and revision not in schema.revisions():
        raise Refused(
            f"The present database is of a newer version (revision {revision}), which this one cannot take away: rename"
            " it and make an empty one in its place, as deploy/operations.md, section 11, has it; nothing was put back."
        )


async def _present(settings: Settings) -> Gone | None:
    """What the database that is replaced knows to be gone; None: there is none that could say so."""
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return None
    db = Database(settings.database_url, pool_size=2)
    try:
        async with db.read() as tx:
            if await schema.revision(tx) != schema.head():
                return None
        try:
            async with taken(db) as slot:
                if slot.number != 0:
                    raise Refused("A server runs on this database: end it first; nothing was put back.")
                async with db.read() as tx:
                    return await gone(tx)
        except NoSlotLeft as error:
            raise Refused("Servers run on this database: end them first; nothing was put back.") from error
    except SQLAlchemyError:
        return None
    finally:
        await db.close()


def _restore_dump(settings: Settings, dump: Path) -> None:
    """All of it or nothing: one transaction."""
    how = ("--clean", "--if-exists", "--no-owner", "--no-acl", "--single-transaction")
    _run_postgres(settings, "pg_restore", *how, str(dump))


def _replace_file(file: Path, copy: Path, at: datetime) -> str | None:
    """What lay there lies beside it, under another name."""
    previous = file.with_name(f"{file.name}.before-{at:%Y%m%dT%H%M%S}")
    for suffix in ("", "-wal", "-shm"):
        old = file.with_name(file.name + suffix)
        if old.exists():
            old.replace(previous.with_name(previous.name + suffix))
    copy.chmod(0o600)
    copy.replace(file)
    return str(previous) if previous.exists() else None


def _place_key(settings: Settings, kept: Path) -> None:
    key = vault_key.path(settings.data_folder)
    if key.exists():
        return
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.chmod(0o600)
    kept.replace(key)


def _place_media(settings: Settings, kept: Path) -> int:
    """Files that are there already stay; they are named by what is in them."""
    folder, count = _media_folder(settings), 0
    if folder is None or not kept.is_dir():
        return 0
    for one in sorted(found for found in kept.rglob("*") if found.is_file()):
        target = folder / one.relative_to(kept)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not target.exists():
            shutil.move(one, target)
        count += 1
    return count


async def _forget_again(url: str, settings: Settings, present: Gone | None, at: datetime, *, signs_out: bool) -> None:
    db = Database(url, pool_size=1)
    try:
        async with db.write() as tx:
            details: dict[str, object] = {"signed_out": signs_out, "from_present": present is not None}
            await audit.append(
                tx, at=at, actor=OPERATOR, action="server.restore", object=settings.domain, details=details
            )
            if present is not None:
                await restoring.forget_again(tx, vault_key.load(settings.data_folder), present, at)
            if signs_out:
                await restoring.revoke_everything(tx, at)
            await restoring.begin_anew(tx, at)
    finally:
        await db.close()
