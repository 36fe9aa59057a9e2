"""Reading files: one's own uploads, files by their name in the store, custom emojis, pictures of elsewhere.

A file of a post is shown only through its post: who serves one by its name asks the gate for the post.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select

from models.details import File, file_of
from models.engine import Columns, ReadTx
from models.gate import Person, Viewer, visible_to
from models.media import FOR_POST, READY, CustomEmoji, RemotePicture, Upload
from models.posts import Post

MOST_EMOJIS = 1000
"""Of one firm, and so in one answer."""


class UploadRow(msgspec.Struct, frozen=True):
    """One upload."""

    id: int
    owner_id: int | None
    post_id: int | None
    name: str
    purpose: str
    state: str
    details: dict[str, Any]
    created_at: datetime
    attempts: int

    @property
    def file(self) -> File:
        """What is known of it."""
        return file_of(self.details)


class EmojiRow(msgspec.Struct, frozen=True):
    """A custom emoji of ours."""

    shortcode: str
    url: str
    media_type: str
    category: str | None
    is_offered: bool
    updated_at: datetime


COLUMNS = (
    Upload.id,
    Upload.owner_id,
    Upload.post_id,
    Upload.name,
    Upload.purpose,
    Upload.state,
    Upload.details,
    Upload.created_at,
    Upload.attempts,
)
_EMOJI = (
    CustomEmoji.shortcode,
    CustomEmoji.url,
    CustomEmoji.media_type,
    CustomEmoji.category,
    CustomEmoji.is_offered,
    CustomEmoji.updated_at,
)


async def own_upload(tx: ReadTx, upload_id: int, viewer: Person) -> UploadRow | None:
    """A file for posts that the viewer uploaded; None for anybody else's."""
    mine = (Upload.id == upload_id, Upload.owner_id == viewer.person_id, Upload.purpose == FOR_POST)
    return await _one(tx, select(*COLUMNS).where(*mine))


async def own_uploads(tx: ReadTx, ids: Collection[int], viewer: Person) -> dict[int, UploadRow]:
    """Those of the viewer's files for posts that are not attached, by id."""
    if not ids:
        return {}
    mine = (Upload.id.in_(ids), Upload.owner_id == viewer.person_id, Upload.purpose == FOR_POST)
    rows = await tx.select(select(*COLUMNS).where(*mine, Upload.post_id.is_(None)))
    return {row[0]: UploadRow(*row) for row in rows}


async def unattached_count(tx: ReadTx, viewer: Person) -> int:
    """How many files of the viewer wait to be attached. Uses ix_uploads_owner_id."""
    mine = (Upload.owner_id == viewer.person_id, Upload.post_id.is_(None), Upload.purpose == FOR_POST)
    return int(await tx.scalar(select(func.count()).select_from(Upload).where(*mine)) or 0)


async def by_name(tx: ReadTx, name: str) -> UploadRow | None:
    """A file by its name in the store; whoever shows it asks the gate for its post. Uses uq_uploads_name."""
    return await _one(tx, select(*COLUMNS).where(Upload.name == name))


async def of_post(tx: ReadTx, name: str, viewer: Viewer) -> UploadRow | None:
    """A file by its name in the store, of a post that the viewer may see. One statement: what is hidden costs what is
    not there (threats T170).
    """
    is_shown = (Upload.purpose == FOR_POST, Upload.state == READY, visible_to(viewer))
    statement = select(*COLUMNS).join(Post, Post.id == Upload.post_id).where(Upload.name == name, *is_shown)
    return await _one(tx, statement)


async def _one(tx: ReadTx, statement: Columns) -> UploadRow | None:
    row = (await tx.select(statement)).first()
    return UploadRow(*row) if row else None


async def expired(tx: ReadTx, now: datetime, most: int) -> list[UploadRow]:
    """Files that are to be erased now, the oldest first. Uses ix_uploads_expires_at."""
    over = select(*COLUMNS).where(Upload.expires_at <= now).order_by(Upload.expires_at).limit(most)
    return [UploadRow(*row) for row in await tx.select(over)]


async def offered_emojis(tx: ReadTx) -> list[EmojiRow]:
    """Custom emojis that may be used, by name."""
    offered = select(*_EMOJI).where(CustomEmoji.is_offered).order_by(CustomEmoji.shortcode).limit(MOST_EMOJIS)
    return [EmojiRow(*row) for row in await tx.select(offered)]


async def emojis_named(tx: ReadTx, shortcodes: Collection[str]) -> list[EmojiRow]:
    """Those of these custom emojis that there are and may be used."""
    if not shortcodes:
        return []
    named = select(*_EMOJI).where(CustomEmoji.shortcode.in_(sorted(shortcodes)), CustomEmoji.is_offered)
    return [EmojiRow(*row) for row in await tx.select(named)]


async def emoji(tx: ReadTx, shortcode: str) -> EmojiRow | None:
    """A custom emoji, offered or not."""
    row = (await tx.select(select(*_EMOJI).where(CustomEmoji.shortcode == shortcode))).first()
    return EmojiRow(*row) if row else None


async def emoji_count(tx: ReadTx) -> int:
    """How many custom emojis there are."""
    return int(await tx.scalar(select(func.count()).select_from(CustomEmoji)) or 0)


async def picture_url(tx: ReadTx, digest: str) -> str | None:
    """Where an actor's picture or a custom emoji is. It belongs to no post; its address here cannot be guessed."""
    url: str | None = await tx.scalar(select(RemotePicture.url).where(RemotePicture.digest == digest))
    return url
