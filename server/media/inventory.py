"""Counting once a day what the store holds of the files that the database knows, and which of them are missing.

A part at a time, so that uploads go on between two parts; a stop costs one part. Of several processes the one that is
faster writes its part down, and the other begins again from there.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from models.engine import ReadTx, WriteTx
from models.files import COUNTED, COUNTING, MOST_NAMED, Count, Tally
from models.queries import files, state
from models.queries.media import UploadRow
from models.writes import state as state_writes
from server.media.store import Store
from server.media.uploads import Here

EVERY: Final = timedelta(days=1)
BATCH: Final = 200
_AT_ONCE: Final = 8

log = structlog.get_logger()


async def step(here: Here, store: Store) -> bool:
    """Count a part, if a count is due or under way; whether there is more of it. Raises `StoreAway`."""
    now = here.clock.now()
    async with here.db.read() as tx:
        before = await state.text(tx, COUNTING) or ""
        count = await _current(tx, before, now)
        rows = [] if count is None else await files.to_count(tx, count.last_id, BATCH)
    if count is None:
        return False
    sizes = await _sizes(store, rows)
    async with here.db.write() as tx:
        gone = await files.are_still_there(tx, [row.name for row, size in sizes if size is None])
        count = _added(count, sizes, gone)
        return await _written(tx, before, count, is_last=len(rows) < BATCH, now=now)


async def _current(tx: ReadTx, before: str, now: datetime) -> Count | None:
    if before:
        return msgspec.json.decode(before, type=Count)
    last = await files.counted(tx)
    return Count(begun_at=now) if last is None or now - last.begun_at >= EVERY else None


async def _sizes(store: Store, rows: list[UploadRow]) -> list[tuple[UploadRow, int | None]]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def size(row: UploadRow) -> int | None:
        async with slots:
            return await store.bytes_of(row.name)

    return list(zip(rows, await asyncio.gather(*(size(row) for row in rows)), strict=True))


def _added(count: Count, sizes: list[tuple[UploadRow, int | None]], missing: set[str]) -> Count:
    """The count with one more part; what is in neither went while it was looked for."""
    held = dict(count.held)
    for row, size in sizes:
        if size is not None:
            before = held.get(row.file.kind, Tally())
            held[row.file.kind] = Tally(before.files + 1, before.bytes + size)
    names = [row.name for row, _ in sizes if row.name in missing]
    return msgspec.structs.replace(
        count,
        held=held,
        last_id=sizes[-1][0].id if sizes else count.last_id,
        missing=count.missing + len(names),
        missing_names=[*count.missing_names, *names][:MOST_NAMED],
    )


async def _written(tx: WriteTx, before: str, count: Count, *, is_last: bool, now: datetime) -> bool:
    """Put down how far it has come; whether there is more to be done by this process."""
    await state_writes.record(tx, COUNTING, "")
    if is_last:
        count = msgspec.structs.replace(count, ended_at=now)
    text = msgspec.json.encode(count).decode()
    if not await state_writes.replace(tx, COUNTING, before, "" if is_last else text):
        return False
    if is_last:
        await state_writes.put(tx, COUNTED, text)
        if count.missing:
            log.error("media.missing", files=count.missing, first=count.missing_names[0])
    return not is_last
