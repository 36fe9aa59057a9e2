"""Reading posts: entries as they stand in a timeline, single posts, threads. Every function that shows content takes a
`Viewer` and loads through the gate.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, bindparam, false, func, or_, select

from models.base import aliased
from models.conditions import some
from models.engine import Columns, ReadTx
from models.filters import Filter
from models.gate import Viewer, ViewerKind, only_as_author, viewer_values, visible_to_kind
from models.interactions import Bookmark, Like, ProfilePin
from models.moderation import Pin
from models.posts import Post
from models.statements import lasting_forms
from models.tastes import MutedThread

Entry = aliased(Post, name="entry")
"""What stands in a timeline: the post itself, or a community's wrapper around it."""

_Reply = aliased(Post, name="reply")
_Parent = aliased(Post, name="parent")
_Like = aliased(Like, name="marked_like")
_Bookmark = aliased(Bookmark, name="marked_bookmark")
_ProfilePin = aliased(ProfilePin, name="marked_pin")
_Pin = aliased(Pin, name="marked_community_pin")
_MutedThread = aliased(MutedThread, name="muted_thread")

MOST_IN_THREAD = 4096
"""Posts of one thread that are read."""

COLUMNS = (
    Post.id,
    Post.uri,
    Post.url,
    Post.author_id,
    Post.peer_id,
    Post.audience,
    Post.community_id,
    Post.parent_id,
    Post.parent_uri,
    Post.thread_id,
    Post.context_uri,
    Post.kind,
    Post.title,
    Post.content_html,
    Post.source,
    Post.spoiler,
    Post.is_sensitive,
    Post.language,
    Post.label,
    Post.mentioned,
    Post.tags,
    Post.details,
    Post.is_confirmed,
    Post.app_name,
    Post.app_website,
    Post.published_at,
    Post.edited_at,
    Post.is_closed,
    Post.is_question,
    Post.answer_id,
)


class PostRow(msgspec.Struct, frozen=True):
    """One post as stored, in the order of the columns."""

    id: int
    uri: str
    url: str
    author_id: int
    peer_id: int | None
    audience: str
    community_id: int | None
    parent_id: int | None
    parent_uri: str | None
    thread_id: int | None
    context_uri: str | None
    kind: str
    title: str | None
    content_html: str
    source: str
    spoiler: str
    is_sensitive: bool
    language: str | None
    label: int
    mentioned: list[int]
    tags: list[str]
    details: dict[str, Any]
    is_confirmed: bool
    app_name: str | None
    app_website: str | None
    published_at: datetime
    edited_at: datetime | None
    is_closed: bool
    """Locked, or below something that is."""
    is_question: bool
    answer_id: int | None


class EntryRow(msgspec.Struct, frozen=True):
    """One entry of a timeline for one viewer: the post, how it got there, and the viewer's own marks."""

    id: int
    """Of the wrapper, where there is one; else of the post."""
    uri: str
    author_id: int
    """The community, for a wrapper."""
    published_at: datetime
    post: PostRow
    likes: int
    replies: int
    parent_author_id: int | None
    is_liked: bool
    is_bookmarked: bool
    is_pinned: bool
    """The viewer wrote it and shows it on top of their profile; to a community that acts: it is on top of it."""
    is_muted: bool
    """The viewer is not told of what happens in the thread."""
    has_filters: bool
    """The viewer has filters, which have to be looked up then."""
    cursor: int
    """What the page is ordered by: the entry's id, or that of a like or a bookmark."""

    @property
    def is_wrapper(self) -> bool:
        """A community shows somebody's post."""
        return self.id != self.post.id


_EXTRA = 14
WIDTH = _EXTRA + len(COLUMNS)
"""Columns of `entries`."""


@cache
def entries(kind: ViewerKind, cursor: str = "entry") -> Columns:
    """Entries with their posts, counts and marks, only those that a viewer of this kind may see.

    `cursor`: `entry`, `like` or `bookmark`, what a page of them is ordered by. Built once; the caller adds conditions,
    keeps the result, and runs it with `viewer_values` of the viewer.
    """
    likes = select(func.count()).select_from(_Like).where(_Like.post_id == Post.id).scalar_subquery()
    replies = (
        select(func.count())
        .select_from(_Reply)
        .where(_Reply.parent_id == Post.id, _Reply.deleted_at.is_(None), _Reply.is_confirmed)
        .scalar_subquery()
    )
    parent_author = select(_Parent.author_id).where(_Parent.id == Post.parent_id).scalar_subquery()
    cursors = {"entry": Entry.id, "like": Like.id, "bookmark": Bookmark.id}
    return (
        select(
            Entry.id,
            Entry.uri,
            Entry.author_id,
            Entry.published_at,
            likes,
            replies,
            parent_author,
            _marked(kind, _Like),
            _marked(kind, _Bookmark),
            _is_pinned(kind),
            _is_muted(kind),
            _has_filters(kind),
            cursors[cursor],
            only_as_author(kind),
            *COLUMNS,
        )
        .select_from(Entry)
        .join(Post, Post.id == func.coalesce(Entry.shared_post_id, Entry.id))
        .where(Entry.deleted_at.is_(None), visible_to_kind(kind))
    )


def _marked(kind: ViewerKind, mark: Any) -> ColumnElement[bool]:
    """Whether the viewer has liked, bookmarked or pinned the post; nobody but a person does."""
    if kind is not ViewerKind.PERSON:
        return false()
    return some(mark, mark.post_id == Post.id, mark.actor_id == bindparam("viewer_id", type_=BigInteger()))


def _is_pinned(kind: ViewerKind) -> ColumnElement[bool]:
    """Whether a person shows the post on their profile; whether a community that acts has it on top of itself."""
    if kind is ViewerKind.COMMUNITY:
        by_viewer = _Pin.community_id == bindparam("viewer_id", type_=BigInteger())
        return some(_Pin, _Pin.post_id == Post.id, by_viewer)
    return _marked(kind, _ProfilePin)


def _is_muted(kind: ViewerKind) -> ColumnElement[bool]:
    """Whether the viewer has muted the post's thread."""
    if kind is not ViewerKind.PERSON:
        return false()
    by_viewer = _MutedThread.actor_id == bindparam("viewer_id", type_=BigInteger())
    return some(_MutedThread, by_viewer, _MutedThread.thread_id == func.coalesce(Post.thread_id, Post.id))


def _has_filters(kind: ViewerKind) -> ColumnElement[bool]:
    """The same for every entry: most people have none, and then nothing more is asked for."""
    if kind is not ViewerKind.PERSON:
        return false()
    return some(Filter, Filter.actor_id == bindparam("viewer_id", type_=BigInteger()))


def entry_rows(rows: Sequence[Any]) -> list[EntryRow]:
    """Rows of `entries` as structs; columns that were added behind them are left to the caller."""
    return [
        EntryRow(
            id=row[0],
            uri=row[1],
            author_id=row[2],
            published_at=row[3],
            likes=0 if row[13] else row[4],
            replies=0 if row[13] else row[5],
            parent_author_id=row[6],
            is_liked=bool(row[7]),
            is_bookmarked=bool(row[8]),
            is_pinned=bool(row[9]),
            is_muted=bool(row[10]),
            has_filters=bool(row[11]),
            cursor=row[12],
            post=PostRow(*row[_EXTRA:WIDTH]),
        )
        for row in rows
    ]


@lasting_forms
def _one_entry(kind: ViewerKind) -> Columns:
    return entries(kind).where(Entry.id == bindparam("entry_id"))


async def entry(tx: ReadTx, entry_id: int, viewer: Viewer) -> EntryRow | None:
    """One entry by the id that the client API shows."""
    rows = (await tx.select(_one_entry(viewer.kind), {"entry_id": entry_id, **viewer_values(viewer)})).all()
    return entry_rows(rows)[0] if rows else None


async def post(tx: ReadTx, entry_id: int, viewer: Viewer) -> PostRow | None:
    """The post behind an entry's id: a wrapper leads to what it wraps."""
    found = await entry(tx, entry_id, viewer)
    return found.post if found else None


@lasting_forms
def _by_uri(kind: ViewerKind) -> Columns:
    return select(*COLUMNS).where(
        Post.uri == bindparam("post_uri"), Post.shared_post_id.is_(None), visible_to_kind(kind)
    )


async def by_uri(tx: ReadTx, uri: str, viewer: Viewer) -> PostRow | None:
    """One post by its ActivityPub id."""
    row = (await tx.select(_by_uri(viewer.kind), {"post_uri": uri, **viewer_values(viewer)})).first()
    return PostRow(*row) if row else None


@lasting_forms
def _of_uris(kind: ViewerKind) -> Columns:
    uris = Post.uri.in_(bindparam("uris", expanding=True))
    return select(*COLUMNS).where(uris, Post.shared_post_id.is_(None), visible_to_kind(kind))


async def of_uris(tx: ReadTx, uris: Sequence[str], viewer: Viewer) -> list[PostRow]:
    """Posts by their ActivityPub ids; those that are gone or hidden are left out."""
    if not uris:
        return []
    rows = await tx.select(_of_uris(viewer.kind), {"uris": list(uris), **viewer_values(viewer)})
    return [PostRow(*row) for row in rows]


@lasting_forms
def _by_address(kind: ViewerKind) -> Columns:
    address = bindparam("address", type_=Post.uri.type)
    return entries(kind).where(or_(Entry.uri == address, Entry.url == address), Entry.shared_post_id.is_(None)).limit(1)


async def by_uri_or_url(tx: ReadTx, address: str, viewer: Viewer) -> EntryRow | None:
    """One post by its id or by the address of its page, as pasted into a search box."""
    rows = (await tx.select(_by_address(viewer.kind), {"address": address, **viewer_values(viewer)})).all()
    return entry_rows(rows)[0] if rows else None


@lasting_forms
def _thread(kind: ViewerKind) -> Columns:
    statement = entries(kind).where(Entry.thread_id == bindparam("of_thread"), Entry.shared_post_id.is_(None))
    return statement.order_by(Entry.id).limit(bindparam("most", type_=BigInteger()))


async def thread(tx: ReadTx, thread_id: int, viewer: Viewer, limit: int = MOST_IN_THREAD) -> list[EntryRow]:
    """Everything in one thread that the viewer may see, oldest first. Uses ix_posts_thread_id."""
    values = {"of_thread": thread_id, "most": limit, **viewer_values(viewer)}
    return entry_rows((await tx.select(_thread(viewer.kind), values)).all())


async def parents(tx: ReadTx, thread_id: int, limit: int = MOST_IN_THREAD) -> dict[int, int | None]:
    """What answers what in one thread, deleted posts too, oldest first; no content, so no viewer."""
    # Uses ix_posts_thread_id.
    statement = select(Post.id, Post.parent_id).where(Post.thread_id == thread_id).order_by(Post.id).limit(limit)
    return {row[0]: row[1] for row in await tx.select(statement)}


async def in_order(tx: ReadTx, ids: Sequence[int]) -> list[PostRow]:
    """Those of the posts that are there, by whomever and for whomever they are, the oldest first: never to be shown."""
    statement = select(*COLUMNS).where(Post.id.in_(ids), Post.deleted_at.is_(None), Post.shared_post_id.is_(None))
    return [PostRow(*row) for row in await tx.select(statement.order_by(Post.id))]


@lasting_forms
def _of_ids(kind: ViewerKind) -> Columns:
    return entries(kind).where(Entry.id.in_(bindparam("ids", expanding=True)))


async def of_ids(tx: ReadTx, ids: Sequence[int], viewer: Viewer) -> dict[int, EntryRow]:
    """Entries by id; those that are gone or hidden are left out."""
    if not ids:
        return {}
    rows = (await tx.select(_of_ids(viewer.kind), {"ids": list(ids), **viewer_values(viewer)})).all()
    return {row.id: row for row in entry_rows(rows)}


async def wrappers_of(tx: ReadTx, post_ids: Sequence[int]) -> dict[int, int]:
    """Post id to the id of the community's wrapper around it; no content, so no viewer."""
    if not post_ids:
        return {}
    rows = await tx.select(select(Post.shared_post_id, Post.id).where(Post.shared_post_id.in_(post_ids)))
    return {row[0]: row[1] for row in rows}


async def by_idempotency_key(tx: ReadTx, author_id: int, key: str, since: datetime) -> int | None:
    """The author's post made under this key since then."""
    statement = select(Post.id).where(
        Post.author_id == author_id, Post.idempotency_key == key, Post.received_at >= since
    )
    found: int | None = await tx.scalar(statement)
    return found
