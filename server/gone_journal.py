"""What is gone, in a file beside the vault's key: an old copy forgets it again where no database can say so (T221).

It names nobody who is a pseudonym already and says nothing that was written: ids, hashes, and when. The running server
keeps it up to five minutes old; `restore` reads it where the database that it replaces is lost, too.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from federation.runtime import Runtime
from models.engine import Database
from models.queries import audit
from models.queries.restoring import Gone, gone
from server import vault_key

EVERY_SECONDS: Final = 300.0
_LOOKS_AN_HOUR: Final = 12


class Journal(msgspec.Struct, frozen=True):
    """The file."""

    domain: str
    at: datetime
    gone: Gone


def path(data_folder: Path) -> Path:
    """Where it lies."""
    return vault_key.path(data_folder).with_name("gone.json")


async def run(runtime: Runtime, data_folder: Path) -> None:
    """Keep the file as new as the audit trail, until cancelled; what stands in none is in it within an hour."""
    written, looks = -1, 0
    while True:
        async with runtime.db.read() as tx:
            newest = await audit.last(tx)
        number = newest.id if newest else 0
        if number != written or looks % _LOOKS_AN_HOUR == 0:
            await write(runtime.db, data_folder, runtime.config.domain, runtime.clock.now())
        written, looks = number, looks + 1
        await runtime.clock.sleep(EVERY_SECONDS)


async def write(db: Database, data_folder: Path, domain: str, at: datetime) -> None:
    """Put what is gone now into the file, readable by nobody else; whole, or as it was."""
    async with db.read() as tx:
        found = await gone(tx)
    content = msgspec.json.encode(Journal(domain, at, found))
    await asyncio.to_thread(vault_key.replace_file, path(data_folder), content)


def read(data_folder: Path, domain: str, *, since: datetime) -> Gone | None:
    """What is gone, where the file is of this server and not older than the copy; None where it says nothing."""
    try:
        journal = msgspec.json.decode(path(data_folder).read_bytes(), type=Journal)
    except (OSError, msgspec.DecodeError):
        return None
    return journal.gone if journal.domain == domain and journal.at >= since else None
