"""Files and custom emojis of our people's posts: which are attached, which go, and what the post carries of them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from models.details import Details, Emoji, File, as_stored, details_of
from models.engine import ReadTx, WriteTx
from models.gate import Person
from models.media import FAILED, READY
from models.queries import media
from models.queries.media import UploadRow
from models.queries.posts import PostRow
from models.vault import Vault
from models.writes import keeping
from models.writes import media as media_writes
from server.actions.refusals import Invalid

MOST_FILES = 4
UNATTACHED_KEPT = timedelta(days=1)
"""How long a file waits for a post."""
DESCRIPTION_CHARACTERS = 1500

TOO_MANY = f"Cannot attach more than {MOST_FILES} files"
NOT_READY = "Cannot attach files that have not finished processing. Try again in a moment!"

_SHORTCODE = re.compile(r"(?<![A-Za-z0-9_:]):([A-Za-z0-9_]{1,100}):(?![A-Za-z0-9_:])")
_MOST_EMOJIS = 100


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of a file; None stays as it is."""

    description: str | None = None
    focus: tuple[float, float] | None = None
    preview: File | None = None
    """What is known of another preview, which is in the store already."""


def changed(file: File, change: Change) -> File:
    """A file with what its owner says of it. Raises `Invalid` for too long a description."""
    description = file.description
    if change.description is not None:
        description = change.description.strip() or None
        if len(change.description) > DESCRIPTION_CHARACTERS:
            most = f"maximum is {DESCRIPTION_CHARACTERS} characters"
            raise Invalid(f"Validation failed: Description is too long ({most})")
    said = msgspec.structs.replace(file, description=description, focus=change.focus or file.focus)
    return with_preview(said, change.preview)


def with_preview(file: File, preview: File | None) -> File:
    """A file with another preview, if there is one."""
    if preview is None:
        return file
    return msgspec.structs.replace(
        file, small=preview.small, small_type=preview.small_type, blurhash=preview.blurhash or file.blurhash
    )


def check(ids: Sequence[int] | None, *, has_poll: bool) -> None:
    """Raises `Invalid` for more files than a post can have: none, beside a poll."""
    if ids and (len(ids) > MOST_FILES or has_poll):
        raise Invalid(TOO_MANY)


async def chosen(tx: WriteTx, viewer: Person, ids: Sequence[int] | None) -> list[UploadRow]:
    """The files for a new post; those that are not the viewer's, or attached already, as if they were not named.

    Raises `Invalid` for one that is still worked on.
    """
    return _usable(await media_writes.taken(tx, ids or [], viewer))


def _usable(rows: Sequence[UploadRow]) -> list[UploadRow]:
    usable = [row for row in rows if row.state != FAILED]
    if any(row.state != READY for row in usable):
        raise Invalid(NOT_READY)
    return usable


async def carried(tx: ReadTx, files: Sequence[File], texts: Sequence[str]) -> Details:
    """What a post of ours carries: these files, and the custom emojis in its texts. At most one statement."""
    return Details(files=tuple(files), emojis=await emojis_in(tx, texts))


async def emojis_in(tx: ReadTx, texts: Sequence[str]) -> tuple[Emoji, ...]:
    """The custom emojis of this firm that texts name, in the order of their names. No statement where there is none."""
    named = {code for text in texts if ":" in text for code in _SHORTCODE.findall(text)}
    found = await media.emojis_named(tx, sorted(named)[:_MOST_EMOJIS])
    return tuple(Emoji(row.shortcode, row.url, row.media_type) for row in sorted(found, key=lambda row: row.shortcode))


async def attach(tx: WriteTx, post_id: int, files: Sequence[UploadRow]) -> None:
    """The files are the post's now. To be called when its row is there."""
    await media_writes.attach(tx, [row.id for row in files], post_id)


async def edited(
    tx: WriteTx, viewer: Person, post: PostRow, ids: Sequence[int] | None, changes: Mapping[int, Change]
) -> list[File]:
    """The files of an edited post, in their order: those of `ids`, or, where none were given, those that it has.

    Raises `Invalid`.
    """
    present = details_of(post.details).files
    wanted = [file.id for file in present if file.id is not None] if ids is None else list(ids)
    if not wanted:
        return []
    rows = _usable(await media_writes.taken(tx, wanted, viewer, post.id))
    return [changed(row.file, changes.get(row.id, Change())) for row in rows]


async def settle(tx: WriteTx, vault: Vault, post: PostRow, files: Sequence[File], at: datetime) -> None:
    """After an edit of `post`: what was added is its own, what was taken out is gone, or sealed where a case holds the
    post; what changed is remembered.
    """
    before = {file.id: file for file in details_of(post.details).files}
    now = {file.id: file for file in files if file.id is not None}
    if not before and not now:
        return
    await media_writes.attach(tx, [one for one in now if one not in before], post.id)
    for one, file in now.items():
        if before.get(one) != file:
            await media_writes.change(tx, one, as_stored(file))
    gone = {one: file.name for one, file in before.items() if one is not None and one not in now and file.name}
    if not await keeping.keep_files(tx, vault, post, list(gone), at):
        await media_writes.drop(tx, gone.values(), at)
