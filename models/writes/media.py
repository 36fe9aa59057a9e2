"""Writing files: uploads from their arrival to their end, custom emojis, pictures of elsewhere.

Nothing here touches the store. A row outlives its file: what is over is marked (`expires_at`), erased from the store,
and only then forgotten, so that a server that is killed in between leaves nothing behind.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Executable, bindparam, delete, insert, select, update

from models.conditions import some
from models.dialect import insert_or_ignore, upsert
from models.engine import Columns, WriteTx
from models.gate import Person
from models.holding import is_held
from models.media import FAILED, FOR_POST, READY, WAITING, CustomEmoji, RemotePicture, Upload, picture_digest
from models.posts import Post
from models.queries.media import COLUMNS, UploadRow
from models.statements import lasting

WAKES = "uploads"
"""Woken when something is to be worked on or erased."""


class NewUpload(msgspec.Struct, kw_only=True, frozen=True):
    """A file to insert; the fields are the columns."""

    id: int
    owner_id: int | None
    post_id: int | None = None
    name: str
    purpose: str
    state: str
    details: dict[str, Any]
    created_at: datetime
    due_at: datetime | None = None
    attempts: int = 0
    expires_at: datetime | None


async def add_upload(tx: WriteTx, upload: NewUpload) -> None:
    """Remember a file that lies in the store."""
    await tx.execute(insert(Upload), msgspec.structs.asdict(upload))


async def claim_waiting(tx: WriteTx, *, now: datetime, until: datetime) -> UploadRow | None:
    """The next file to work on; nobody else gets it before `until`. Uses ix_uploads_due_at."""
    due = select(Upload.id).where(Upload.due_at <= now, Upload.state == WAITING).order_by(Upload.due_at).limit(1)
    claim = (
        update(Upload)
        .where(Upload.id.in_(due.with_for_update(skip_locked=True)))
        .values(due_at=until, attempts=Upload.attempts + 1)
        .returning(*COLUMNS)
    )
    row = (await tx.execute(claim)).first()
    return UploadRow(*row) if row else None


async def release_all(tx: WriteTx, now: datetime) -> None:
    """Nobody works on anything: what waits may be worked on at once. For the start of the only process."""
    await tx.execute(update(Upload).where(Upload.due_at > now, Upload.state == WAITING).values(due_at=now))


async def put_off(tx: WriteTx, upload_id: int, until: datetime) -> None:
    """The store was away: the try did not count."""
    still = (Upload.id == upload_id, Upload.state == WAITING)
    await tx.execute(update(Upload).where(*still).values(due_at=until, attempts=Upload.attempts - 1))


async def finish(tx: WriteTx, upload_id: int, details: Mapping[str, Any] | None) -> bool:
    """A file was worked on; None: it is of no use. False where it was not waiting any more."""
    values = {"state": FAILED} if details is None else {"state": READY, "details": dict(details)}
    still = (Upload.id == upload_id, Upload.state == WAITING)
    done = await tx.execute(update(Upload).where(*still).values(due_at=None, **values).returning(Upload.id))
    return done.first() is not None


async def change(tx: WriteTx, upload_id: int, details: Mapping[str, Any]) -> None:
    """What is known of a file is something else now."""
    await tx.execute(update(Upload).where(Upload.id == upload_id).values(details=dict(details)))


async def taken(tx: WriteTx, ids: Sequence[int], viewer: Person, post_id: int | None = None) -> list[UploadRow]:
    """The viewer's files among these that can be attached, in the order given, held until the transaction ends:
    unattached ones and those of the post named, each once. What is unknown or attached elsewhere is left out.
    """
    if not ids:
        return []
    free = Upload.post_id.is_(None) if post_id is None else Upload.post_id.is_(None) | (Upload.post_id == post_id)
    mine = (Upload.id.in_(ids), Upload.owner_id == viewer.person_id, Upload.purpose == FOR_POST, free)
    rows = await tx.select(select(*COLUMNS).where(*mine).with_for_update())
    found = {row[0]: UploadRow(*row) for row in rows}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


async def attach(tx: WriteTx, ids: Collection[int], post_id: int) -> None:
    """These files are a post's now, and stay as long as it does."""
    if ids:
        await tx.execute(update(Upload).where(Upload.id.in_(ids)).values(post_id=post_id, expires_at=None))


async def detach(tx: WriteTx, post_id: int, *, until: datetime) -> None:
    """The files of a post are their owner's again, to be used in another post until then; not those of one that a case
    holds, which are sealed with it (product J13).
    """
    held = some(Post, Post.id == post_id, is_held(Post.author_id, Post.community_id, Post.published_at))
    free = (Upload.post_id == post_id, ~held)
    await tx.execute(update(Upload).where(*free).values(post_id=None, expires_at=until))


async def keep(tx: WriteTx, names: Collection[str]) -> None:
    """These are in use now, by a profile or as custom emojis."""
    if names:
        await tx.execute(update(Upload).where(Upload.name.in_(names)).values(expires_at=None))


async def hold(tx: WriteTx, ids: Collection[int], viewer: Person, until: datetime) -> None:
    """The viewer's files among these wait for a post until then: one that is written for later, or no longer."""
    mine = (Upload.id.in_(ids), Upload.owner_id == viewer.person_id, Upload.post_id.is_(None))
    if ids:
        await tx.execute(update(Upload).where(*mine).values(expires_at=until))


async def drop_of_posts(tx: WriteTx, post_ids: Collection[int] | Columns, at: datetime) -> None:
    """Posts are gone, and their files with them: nobody's any more from now on. Uses ix_uploads_post_id."""
    await _drop(tx, Upload.post_id.in_(post_ids), at)


async def drop_of_owner(tx: WriteTx, actor_id: int, at: datetime) -> None:
    """One of our own actors is gone, with all that it uploaded. Uses ix_uploads_owner_id."""
    await _drop(tx, Upload.owner_id == actor_id, at)


_DROP_OF_POST = lasting(lambda: _dropping(Upload.post_id == bindparam("gone", type_=BigInteger())))


async def drop_of_post(tx: WriteTx, post_id: int, at: datetime) -> None:
    """As `drop_of_posts`, of one."""
    await _run(tx, _DROP_OF_POST(), {"gone": post_id, "at_time": at})


async def _drop(tx: WriteTx, which: ColumnElement[bool], at: datetime) -> None:
    await _run(tx, _dropping(which), {"at_time": at})


def _dropping(which: ColumnElement[bool]) -> Executable:
    gone: dict[str, object] = {"post_id": None, "owner_id": None, "due_at": None, "expires_at": bindparam("at_time")}
    return update(Upload).where(which).values(**gone).returning(Upload.id)


async def _run(tx: WriteTx, dropping: Executable, values: Mapping[str, object]) -> None:
    if (await tx.execute(dropping, values)).first() is not None:
        tx.wake(WAKES)


async def drop(tx: WriteTx, names: Collection[str], at: datetime) -> None:
    """These files are nobody's any more, and are erased soon."""
    if names:
        await _drop(tx, Upload.name.in_(names), at)


async def erase_soon(tx: WriteTx, ids: Collection[int], at: datetime) -> None:
    """These files, by their ids, are nobody's any more."""
    if ids:
        await _drop(tx, Upload.id.in_(ids), at)


async def forget(tx: WriteTx, ids: Collection[int]) -> None:
    """These were erased from the store."""
    if ids:
        await tx.execute(delete(Upload).where(Upload.id.in_(ids)))


async def expire(tx: WriteTx, ids: Collection[int], now: datetime) -> list[int]:
    """Make what is over nobody's, before it is erased; which of these it still is, since some were attached after all.

    A post that is being written at the same moment waits for the row, or finds it gone.
    """
    if not ids:
        return []
    over = (Upload.id.in_(ids), Upload.expires_at <= now, Upload.post_id.is_(None))
    gone = update(Upload).where(*over).values(owner_id=None, due_at=None).returning(Upload.id)
    return [row[0] for row in await tx.execute(gone)]


async def save_emoji(tx: WriteTx, values: Mapping[str, object]) -> None:
    """Offer a custom emoji, in the place of one with the same name."""
    changed = ("url", "media_type", "category", "is_offered", "updated_at")
    await tx.execute(upsert(tx, CustomEmoji, ["shortcode"], changed), dict(values))


async def take_back_emoji(tx: WriteTx, shortcode: str, at: datetime) -> bool:
    """No longer offer a custom emoji; False where there is none. What was written with it still shows it."""
    offered = (CustomEmoji.shortcode == shortcode, CustomEmoji.is_offered)
    gone = update(CustomEmoji).where(*offered).values(is_offered=False, updated_at=at).returning(CustomEmoji.shortcode)
    return (await tx.execute(gone)).first() is not None


async def add_pictures(tx: WriteTx, urls: Iterable[str], at: datetime) -> None:
    """Let these be fetched; what is known stays as it is."""
    rows = [{"digest": picture_digest(url), "url": url, "first_seen_at": at} for url in dict.fromkeys(urls)]
    if rows:
        await tx.execute(insert_or_ignore(tx, RemotePicture), rows)
