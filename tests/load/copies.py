"""A few threads become very many: older and older copies of them, made within the database itself."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select, text

from models.base import Base
from models.engine import WriteTx
from models.feeds import FeedEntry
from models.ids import COUNTER_BITS, SLOT_BITS
from models.interactions import Like
from models.posts import Post
from tests.load.world import World

_MILLISECOND = timedelta(milliseconds=1)
_IDS = {"id", "entry_id", "parent_id", "post_id", "shared_post_id", "thread_id"}
_NAMES = {"activity_uri", "parent_uri", "uri", "url"}
_TIMES = {"created_at", "published_at", "received_at"}


async def copy_threads(world: World, count: int, *, apart: timedelta, rare: str) -> None:
    """Copy all posts, likes and feed entries `count` times, each time that much older. Copies lack the `rare` word.

    Raises ValueError if what is there spans more than `apart`.
    """
    if not count:
        return
    shift = apart // _MILLISECOND << (SLOT_BITS + COUNTER_BITS)
    async with world.db.read() as tx:
        oldest = await tx.scalar(select(func.min(Post.id)))
        newest = await tx.scalar(select(func.max(Post.id)))
    if newest - oldest >= shift:
        raise ValueError(f"what is there spans more than {apart}")
    for number in range(1, count + 1):
        async with world.db.write() as tx:
            for table, key in ((Post, "id"), (FeedEntry, "entry_id"), (Like, "post_id")):
                changes = _changes(number, shift, number * apart, rare, is_sqlite=world.db.is_sqlite)
                await _copy(tx, table, changes, f"{key} >= {oldest}")


def _changes(number: int, shift: int, by: timedelta, rare: str, *, is_sqlite: bool) -> dict[str, str]:
    """What becomes of a column in this copy, by its name."""
    older = f"{by // timedelta(microseconds=1)}" if is_sqlite else f"interval '{by.total_seconds()} s'"
    return (
        {name: f"{name} - {number * shift}" for name in _IDS}
        | {name: f"{name} || '~{number}'" for name in _NAMES}
        | {name: f"{name} - {older}" for name in _TIMES}
        | {"title": f"replace(title, '{rare}', '')"}
        | {"words": f"replace(words, '{rare}', '')" if is_sqlite else f"ts_delete(words, '{rare}')"}
    )


async def _copy(tx: WriteTx, table: type[Base], changes: Mapping[str, str], which: str) -> None:
    names = [column.name for column in table.__table__.columns]
    copied = [changes.get(name, name) for name in names]
    name = table.__tablename__
    rows = f"SELECT {', '.join(copied)} FROM {name} WHERE {which}"
    await tx.execute(text(f"INSERT INTO {name} ({', '.join(names)}) {rows}"))
