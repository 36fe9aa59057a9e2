"""Sealed copies of what is about to go: for the bin, and for the cases that hold it (product section 8, threats T246).

Whatever makes posts go calls `keep` first, in the same transaction; what is copied keeps its files, out of everybody's
reach. A copy is dropped when its time in the bin is over and no open case holds it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, update

from models.accounts import Account
from models.actors import Actor
from models.conditions import some
from models.engine import Columns, WriteTx
from models.holding import is_held, is_person_held
from models.media import Upload
from models.moderation import Removal
from models.posts import Post, PostVersion
from models.queries.posts import PostRow
from models.queries.rules import rules
from models.retention import BY_AUTHOR, OF_PERSON, OF_POST, KeptCopy
from models.statements import lasting
from models.vault import Vault
from models.writes import media

PURPOSE: Final = "kept copy"
"""What copies are sealed for."""

_AT_ONCE: Final = 200


class Version(msgspec.Struct, frozen=True):
    """What a post said before an edit."""

    written: datetime
    title: str | None
    spoiler: str
    html: str


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed of a post."""

    uri: str
    author_id: int
    community_id: int | None
    parent_uri: str | None
    published: datetime
    edited: datetime | None
    title: str | None
    spoiler: str
    source: str
    html: str
    label: int
    mentioned: list[int]
    details: dict[str, Any]
    versions: list[Version]


_COLUMNS: Final = (
    Post.id, Post.uri, Post.author_id, Post.community_id, Post.parent_uri, Post.published_at, Post.edited_at,
    Post.title, Post.spoiler, Post.source, Post.content_html, Post.label, Post.mentioned, Post.details, Post.peer_id,
)  # fmt: skip


async def keep(
    tx: WriteTx, vault: Vault, which: ColumnElement[bool], at: datetime, *, why: str, bins: bool = False
) -> int:
    """Seal what of these posts an open case holds; with `bins` also, for the bin, whatever people of ours wrote.

    How many copies were made. Call it before the posts are changed.
    """
    return await _keep(tx, vault, _wanted(which, bins=bins), {}, at, why=why, bins=bins)


def _wanted(which: ColumnElement[bool], *, bins: bool) -> Columns:
    held = is_held(Post.author_id, Post.community_id, Post.published_at)
    there = or_(Post.deleted_at.is_(None), some(Removal, Removal.post_id == Post.id))
    wanted = and_(which, there, Post.shared_post_id.is_(None), or_(held, Post.peer_id.is_(None)) if bins else held)
    return select(*_COLUMNS).where(wanted, Post.id > bindparam("last")).order_by(Post.id).limit(_AT_ONCE)


async def _keep(
    tx: WriteTx, vault: Vault, wanted: Columns, values: Mapping[str, object], at: datetime, *, why: str, bins: bool
) -> int:
    until = at + timedelta(days=(await rules(tx)).bin_days) if bins else None
    count, last = 0, 0
    while True:
        rows = (await tx.select(wanted, {**values, "last": last})).all()
        if rows:
            await _copy(tx, vault, rows, at, why=why, until=until)
        count += len(rows)
        if len(rows) < _AT_ONCE:
            return count
        last = rows[-1].id


async def held_among(tx: WriteTx, which: ColumnElement[bool]) -> int:
    """How many sealed copies of these posts an open case holds, whoever made them go and when."""
    mine = KeptCopy.post_id.in_(select(Post.id).where(which))
    held = is_held(KeptCopy.author_id, KeptCopy.community_id, KeptCopy.published_at)
    return int(await tx.scalar(select(func.count()).select_from(KeptCopy).where(mine, held)) or 0)


async def held_of_each(tx: WriteTx, which: ColumnElement[bool]) -> dict[str, int]:
    """The same for each of these posts, by its id; those that no case holds are not there."""
    held = is_held(KeptCopy.author_id, KeptCopy.community_id, KeptCopy.published_at)
    counted = select(Post.uri, func.count()).join(KeptCopy, KeptCopy.post_id == Post.id).where(which, held)
    return {row[0]: int(row[1]) for row in await tx.select(counted.group_by(Post.uri))}


_among = Post.id.in_(bindparam("among", expanding=True, type_=Post.id.type))
_AMONG: Final = {bins: lasting(partial(_wanted, _among, bins=bins)) for bins in (False, True)}


async def keep_posts(
    tx: WriteTx, vault: Vault, ids: Sequence[int], at: datetime, *, why: str, bins: bool = False
) -> int:
    """As `keep`, of these posts."""
    if not ids:
        return 0
    return await _keep(tx, vault, _AMONG[bins](), {"among": list(ids)}, at, why=why, bins=bins)


async def keep_all_of(tx: WriteTx, vault: Vault, actor_id: int, at: datetime, *, why: str, bins: bool = False) -> int:
    """As `keep`, of all that a person wrote, or that was written in a community; and of who the person was."""
    await keep_person(tx, vault, actor_id, at, why=why)
    return await keep(tx, vault, or_(Post.author_id == actor_id, Post.community_id == actor_id), at, why=why, bins=bins)


_of_posts = bindparam("of_posts", expanding=True, type_=Post.id.type)
_EARLIER = lasting(
    lambda: (
        select(
            PostVersion.post_id,
            PostVersion.written_at,
            PostVersion.title,
            PostVersion.spoiler,
            PostVersion.content_html,
        )
        .where(PostVersion.post_id.in_(_of_posts))
        .order_by(PostVersion.id)
    )
)
_FILES = lasting(lambda: select(Upload.post_id, Upload.id).where(Upload.post_id.in_(_of_posts)))


_OUT_OF_REACH: Final[Mapping[str, object]] = {"post_id": None, "owner_id": None, "due_at": None, "expires_at": None}
"""Of files: nobody's and no post's; and not over, so that they stay until the copy goes."""


async def _copy(
    tx: WriteTx, vault: Vault, rows: Sequence[Any], at: datetime, *, why: str, until: datetime | None
) -> None:
    ids = [row.id for row in rows]
    versions: dict[int, list[Version]] = {}
    for post_id, *said in await tx.select(_EARLIER(), {"of_posts": ids}):
        versions.setdefault(post_id, []).append(Version(*said))
    files: dict[int, list[int]] = {}
    for post_id, upload_id in await tx.select(_FILES(), {"of_posts": ids}):
        files.setdefault(post_id, []).append(upload_id)
    await tx.execute(
        insert(KeptCopy),
        [
            {
                **_copy_of(vault, row, versions.get(row.id, []), at, why=why),
                "bin_until": until if row.peer_id is None else None,
                "upload_ids": files.get(row.id, []),
            }
            for row in rows
        ],
    )
    if files:
        await tx.execute(update(Upload).where(Upload.post_id.in_(ids)).values(**_OUT_OF_REACH))


async def keep_files(tx: WriteTx, vault: Vault, post: PostRow, upload_ids: Sequence[int], at: datetime) -> bool:
    """Seal what a post was that a case holds, with these files of it, which an edit takes out; False: none holds it."""
    held = select(Post.id).where(Post.id == post.id, is_held(Post.author_id, Post.community_id, Post.published_at))
    if not upload_ids or await tx.scalar(held) is None:
        return False
    copy = _copy_of(vault, post, [], at, why=BY_AUTHOR)
    await tx.execute(insert(KeptCopy), {**copy, "bin_until": None, "upload_ids": list(upload_ids)})
    await tx.execute(update(Upload).where(Upload.id.in_(upload_ids)).values(**_OUT_OF_REACH))
    return True


def _copy_of(vault: Vault, row: Any, versions: list[Version], at: datetime, *, why: str) -> dict[str, object]:
    return {
        "kind": OF_POST,
        "post_id": row.id,
        "uri": row.uri,
        "author_id": row.author_id,
        "community_id": row.community_id,
        "published_at": row.published_at,
        "removed_at": at,
        "why": why,
        **_sealed(vault, _told(row, versions)),
    }


def _told(row: Any, versions: list[Version]) -> Copied:
    return Copied(
        uri=row.uri,
        author_id=row.author_id,
        community_id=row.community_id,
        parent_uri=row.parent_uri,
        published=row.published_at,
        edited=row.edited_at,
        title=row.title,
        spoiler=row.spoiler,
        source=row.source,
        html=row.content_html,
        label=row.label,
        mentioned=row.mentioned,
        details=row.details,
        versions=versions,
    )


def _sealed(vault: Vault, told: Copied | dict[str, object]) -> dict[str, object]:
    plain = msgspec.json.encode(told)
    return {"sealed": vault.seal(plain, PURPOSE), "digest": hashlib.sha256(plain).hexdigest()}


async def keep_person(tx: WriteTx, vault: Vault, actor_id: int, at: datetime, *, why: str) -> bool:
    """Seal who somebody was, if an open case names them; False: none does. Call it before that is forgotten.

    Once: a copy that is there tells more than what is left of them by now.
    """
    statement = (
        select(Actor.uri, Actor.username, Actor.host, Actor.display_name, Actor.created_at, Account.email)
        .outerjoin(Account, Account.actor_id == Actor.id)
        .where(Actor.id == actor_id, is_person_held(Actor.id))
    )
    row = (await tx.select(statement)).first()
    if row is None:
        return False
    copied = select(KeptCopy.id).where(KeptCopy.uri == row.uri, KeptCopy.kind == OF_PERSON)
    if await tx.scalar(copied.limit(1)) is not None:
        return True
    told: dict[str, object] = {"handle": f"{row.username}@{row.host}", "name": row.display_name, "email": row.email}
    await tx.execute(
        insert(KeptCopy),
        {
            "kind": OF_PERSON,
            "uri": row.uri,
            "author_id": actor_id,
            "published_at": row.created_at,
            "removed_at": at,
            "why": why,
            "upload_ids": [],
            **_sealed(vault, told),
        },
    )
    return True


async def empty_bin_of(tx: WriteTx, author_id: int) -> None:
    """What somebody wrote leaves the bin with the next purge, whatever of its days is left, unless a case holds it."""
    await tx.execute(update(KeptCopy).where(KeptCopy.author_id == author_id).values(bin_until=None))


def _is_over(at: datetime) -> ColumnElement[bool]:
    """Out of the bin, and held by no case any more."""
    of_post = and_(KeptCopy.kind == OF_POST, ~is_held(KeptCopy.author_id, KeptCopy.community_id, KeptCopy.published_at))
    of_person = and_(KeptCopy.kind == OF_PERSON, ~is_person_held(KeptCopy.author_id))
    return and_(or_(KeptCopy.bin_until.is_(None), KeptCopy.bin_until <= at), or_(of_post, of_person))


async def drop(tx: WriteTx, at: datetime, most: int) -> int:
    """Forget copies whose time is over, with their files; how many."""
    rows = (await tx.select(select(KeptCopy.id, KeptCopy.upload_ids).where(_is_over(at)).limit(most))).all()
    files = [one for row in rows for one in row[1]]
    if files:
        await media.erase_soon(tx, files, at)
    if rows:
        await tx.execute(delete(KeptCopy).where(KeptCopy.id.in_([row[0] for row in rows])))
    return len(rows)
