"""Writing posts: new ones with their wrappers, edits, deletions, and linking replies that came before their parents."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, case, delete, insert, select, update

from models.branches import branch
from models.details import details_of
from models.engine import WriteTx
from models.interactions import Bookmark, Like, ProfilePin
from models.notifications import Notification
from models.polls import Poll
from models.posts import QUESTION, REPEAT_WINDOW, Post, PostVersion
from models.queries.posts import PostRow
from models.queries.reception import KnownPost
from models.signals import EDITED, REMOVED, WRITTEN
from models.statements import lasting
from models.words import Told, searched_text
from models.writes import conversations, media
from models.writes.questions import forget_answer, forget_answers

WRAPPER = "Announce"

_MILLISECOND: Final = timedelta(milliseconds=1)


class NewPost(msgspec.Struct, kw_only=True):
    """A post to insert; the fields are the columns."""

    id: int
    uri: str
    url: str
    author_id: int
    peer_id: int | None = None
    audience: str
    community_id: int | None = None
    parent_id: int | None = None
    parent_uri: str | None = None
    thread_id: int | None = None
    context_uri: str | None = None
    shared_post_id: int | None = None
    kind: str = "Note"
    title: str | None = None
    content_html: str = ""
    source: str = ""
    spoiler: str = ""
    is_sensitive: bool = False
    language: str | None = None
    label: int = 0
    mentioned: list[int] = []
    tags: list[str] = []
    details: dict[str, Any] = {}
    is_confirmed: bool = True
    is_closed: bool = False
    is_question: bool = False
    answer_id: int | None = None
    boost_id: int | None = None
    idempotency_key: str | None = None
    app_name: str | None = None
    app_website: str | None = None
    published_at: datetime
    edited_at: datetime | None = None
    received_at: datetime
    deleted_at: datetime | None = None

    def as_row(self) -> PostRow:
        """The post as it will be read."""
        return PostRow(*(getattr(self, name) for name in PostRow.__struct_fields__))

    def as_wrapped(self) -> "Wrapped":
        """What its wrapper takes over."""
        return Wrapped(self.id, self.audience, self.label, self.language)

    def as_known(self) -> KnownPost:
        """What will be known of it."""
        return KnownPost(
            id=self.id,
            uri=self.uri,
            author_id=self.author_id,
            peer_id=self.peer_id,
            community_id=self.community_id,
            thread_id=self.thread_id,
            parent_uri=self.parent_uri,
            is_linked=self.parent_id is not None,
            audience=self.audience,
            is_confirmed=True,
            is_deleted=False,
            is_closed=self.is_closed,
            label=self.label,
            language=self.language,
            wrapper_id=None,
            buried_by=None,
        )


class Wrapped(msgspec.Struct, frozen=True):
    """What a wrapper takes over from the post that it shows."""

    post_id: int
    audience: str
    label: int
    language: str | None


def wrapper(
    wrapped: Wrapped,
    *,
    wrapper_id: int,
    uri: str,
    community_id: int,
    peer_id: int | None,
    at: datetime,
    received_at: datetime,
    boost_id: int | None = None,
) -> NewPost:
    """A community's wrapper around a post; `at` is when the community showed it."""
    return NewPost(
        id=wrapper_id,
        uri=uri,
        url=uri,
        author_id=community_id,
        peer_id=peer_id,
        audience=wrapped.audience,
        community_id=community_id,
        shared_post_id=wrapped.post_id,
        kind=WRAPPER,
        label=wrapped.label,
        boost_id=boost_id,
        published_at=at,
        received_at=received_at,
    )


_ADD = lasting(lambda: insert(Post))


async def add(tx: WriteTx, rows: Sequence[NewPost]) -> None:
    """Insert posts and wrappers, a post before its wrapper. A row that is there already is an IntegrityError."""
    if rows:
        await tx.execute(_ADD(), [msgspec.structs.asdict(row) | {"words": _words(row)} for row in rows])
        for row in rows:
            tx.signal(WRITTEN, row.id)


def _words(row: NewPost) -> str:
    return "" if row.shared_post_id is not None else words_of(msgspec.structs.asdict(row))


def words_of(columns: Mapping[str, Any]) -> str:
    """What search looks through, of the columns that `WORDED` names, and the `options` of a poll."""
    return searched_text(
        Told(
            title=columns["title"],
            spoiler=columns["spoiler"],
            content_html=columns["content_html"],
            details=details_of(columns["details"]),
            tags=columns["tags"],
            author_id=columns["author_id"],
            community_id=columns["community_id"],
            mentioned=columns["mentioned"],
            language=columns["language"],
            is_reply=columns["parent_uri"] is not None,
            has_poll=columns["kind"] == QUESTION,
            options=columns.get("options") or (),
        )
    )


WORDED = (
    Post.title,
    Post.spoiler,
    Post.content_html,
    Post.details,
    Post.tags,
    Post.author_id,
    Post.community_id,
    Post.mentioned,
    Post.language,
    Post.parent_uri,
    Post.kind,
)
"""The columns that `words_of` takes."""


_WORDED_WITH_POLL = lasting(lambda: select(Post.id, *WORDED, Poll.options).outerjoin(Poll, Poll.post_id == Post.id))
_REWORDED = lasting(lambda: update(Post).where(Post.id == bindparam("of_post")).values(words=bindparam("made")))
_MADE = lasting(
    lambda: update(Post).where(Post.id == bindparam("of_post"), Post.words.is_(None)).values(words=bindparam("made"))
)


async def reword(tx: WriteTx, post_ids: Sequence[int]) -> None:
    """Words anew of posts whose polls were written, changed or taken away: the answers are searched too."""
    rows = (
        (await tx.select(_WORDED_WITH_POLL().where(Post.id.in_(post_ids), Post.deleted_at.is_(None)))).mappings().all()
    )
    if rows:
        await tx.execute(_REWORDED(), [{"of_post": row["id"], "made": words_of(dict(row))} for row in rows])


async def make_words(tx: WriteTx, most: int) -> int:
    """Words of posts that have none yet, the newest first; how many. Uses ix_posts_without_words."""
    statement = _WORDED_WITH_POLL().where(Post.words.is_(None)).order_by(Post.id.desc()).limit(most)
    rows = (await tx.select(statement)).mappings().all()
    if rows:
        await tx.execute(_MADE(), [{"of_post": row["id"], "made": words_of(dict(row))} for row in rows])
    return len(rows)


async def adopt_replies(tx: WriteTx, post: NewPost) -> None:
    """Link replies that arrived before this post, and carry the thread down to theirs (threats T206). Of the same
    community alone: what was written elsewhere is no part of its threads (threats T050).
    """
    # Neither: both are personal.
    is_beside = Post.community_id == post.community_id if post.community_id else Post.community_id.is_(None)
    early = update(Post).where(Post.parent_uri == post.uri, Post.parent_id.is_(None), is_beside)
    await tx.execute(early.values(parent_id=post.id))
    if post.thread_id is not None:
        await carry_thread(tx, post.id, post.thread_id)


async def carry_thread(tx: WriteTx, post_id: int, thread_id: int) -> None:
    """Put everything below a post into the post's thread."""
    below = (Post.id.in_(branch(post_id)), Post.id != post_id)
    await tx.execute(update(Post).where(*below).values(thread_id=thread_id))


def edited_at(before: datetime | None, now: datetime) -> datetime:
    """When a post of ours is edited: later than `before`, the time of the last edit, whatever the clock says.

    Partners see milliseconds, and take an edit that is no later than the last for an old one.
    """
    return now if before is None else max(now, before + _MILLISECOND)


async def hold(tx: WriteTx, post_id: int) -> None:
    """Whoever else changes the post waits until this transaction ends: to be asked before it is read."""
    await tx.execute(select(Post.id).where(Post.id == post_id).with_for_update(key_share=True))


async def edit(tx: WriteTx, post_id: int, at: datetime, values: Mapping[str, object]) -> bool:
    """Put new text in place of a post's, keeping the old version. False where it was edited later than `at` already.

    Ties keep what is there (threats T207).
    """
    current = (
        await tx.select(
            select(*WORDED, Post.is_sensitive, Poll.options, Post.published_at, Post.edited_at)
            .outerjoin(Poll, Poll.post_id == Post.id)
            .where(Post.id == post_id, Post.deleted_at.is_(None))
        )
    ).first()
    if current is None or (current.edited_at is not None and current.edited_at >= at):
        return False
    await tx.execute(
        insert(PostVersion),
        {
            "post_id": post_id,
            "title": current.title,
            "content_html": current.content_html,
            "spoiler": current.spoiler,
            "is_sensitive": current.is_sensitive,
            "details": current.details | ({"poll": current.options} if current.options else {}),
            "written_at": current.edited_at or current.published_at,
        },
    )
    words = words_of({**current._mapping, **values})
    await tx.execute(update(Post).where(Post.id == post_id).values(edited_at=at, words=words, **values))
    tx.signal(EDITED, post_id)
    return True


async def with_all_below(tx: WriteTx, post_id: int, label: int) -> list[int]:
    """A post and everything that answers it, as far as their label is lower than this."""
    found = select(Post.id).where(Post.id.in_(branch(post_id)), Post.label < label, Post.deleted_at.is_(None))
    return [row[0] for row in await tx.select(found)]


async def raise_label(tx: WriteTx, post_ids: Sequence[int], label: int) -> None:
    """Posts, and the wrappers around them, have this label if theirs was lower."""
    mine = Post.id.in_(post_ids) | Post.shared_post_id.in_(post_ids)
    await tx.execute(update(Post).where(mine, Post.label < label).values(label=label))


async def raise_community_label(tx: WriteTx, community_id: int, label: int) -> None:
    """The same of everything in a community."""
    await tx.execute(update(Post).where(Post.community_id == community_id, Post.label < label).values(label=label))


async def bring_back(tx: WriteTx, post_id: int, values: Mapping[str, object]) -> None:
    """A post that its author deleted is there again, with what it says now; so is what shows it."""
    current = (await tx.select(select(*WORDED).where(Post.id == post_id))).one()
    await tx.execute(update(Post).where(Post.shared_post_id == post_id).values(deleted_at=None))
    words = words_of({**current._mapping, **values})
    await tx.execute(update(Post).where(Post.id == post_id).values(deleted_at=None, words=words, **values))
    tx.signal(EDITED, post_id)


async def mark_sensitive(tx: WriteTx, post_id: int, is_sensitive: bool) -> None:
    """A moderator says whether a post is to be hidden behind a warning; its text and its versions stay."""
    await tx.execute(update(Post).where(Post.id == post_id).values(is_sensitive=is_sensitive))


async def forget_key(tx: WriteTx, author_id: int, key: str) -> None:
    """An Idempotency-Key of long ago may be used again."""
    mine = (Post.author_id == author_id, Post.idempotency_key == key)
    await tx.execute(update(Post).where(*mine).values(idempotency_key=None))


async def confirm(tx: WriteTx, post_ids: Sequence[int]) -> None:
    """The community that a post was sent to has shown it: it is no longer the author's alone to see."""
    waiting = (Post.id.in_(post_ids), Post.is_confirmed.is_(False))
    for row in await tx.execute(update(Post).where(*waiting).values(is_confirmed=True).returning(Post.id)):
        tx.signal(WRITTEN, row[0])


_LONGEST_EVICTED = 2000
"""Leaves room in the column for what keeps the ids of evicted posts apart."""


async def evict(tx: WriteTx, uri: str, author_id: int, at: datetime) -> None:
    """A post has an id that is not its author's to use: it is removed, and the id is free (threats T049)."""
    mine = (Post.uri == uri, Post.author_id == author_id)
    post_id: int | None = await tx.scalar(select(Post.id).where(*mine))
    if post_id is None:
        return
    await remove(tx, post_id, at)
    freed = f"{uri[:_LONGEST_EVICTED]}#evicted-{post_id}"
    await tx.execute(update(Post).where(Post.id == post_id).values(uri=freed))


_gone = bindparam("gone", type_=Post.id.type)
_FORGET_MARKS = lasting(
    lambda: [
        delete(of).where(of.post_id == _gone) for of in (Notification, Like, Bookmark, ProfilePin, PostVersion, Poll)
    ]
)
_BURY = lasting(
    lambda: (
        update(Post)
        .where((Post.id == _gone) | (Post.shared_post_id == _gone))
        .values(
            deleted_at=bindparam("at_time"),
            content_html="",
            source="",
            title=None,
            spoiler="",
            tags=[],
            details={},
            # A late repeat of the request must not publish it anew (client API 1.9).
            idempotency_key=case((Post.received_at >= bindparam("repeats_since"), Post.idempotency_key)),
            words="",
        )
    )
)


async def remove(tx: WriteTx, post_id: int, at: datetime) -> None:
    """Delete a post: the row stays as its tombstone, without what it said; its marks and versions go at once (T169).

    What is to be kept of it `keeping.keep` has copied before.
    """
    await forget_answer(tx, post_id)
    for statement in _FORGET_MARKS():
        await tx.execute(statement, {"gone": post_id})
    await conversations.forget_post(tx, post_id)
    await media.drop_of_post(tx, post_id, at)
    await tx.execute(_BURY(), _buried(post_id, at))
    tx.signal(REMOVED, post_id)


async def remove_all(tx: WriteTx, post_ids: Sequence[int], at: datetime) -> None:
    """The same of at least one post, in as many statements."""
    await forget_answers(tx, Post.id.in_(post_ids))
    for statement in _FORGET_MARKS():
        await tx.execute(statement, [{"gone": post_id} for post_id in post_ids])
    await conversations.forget_posts(tx, post_ids)
    await media.drop_of_posts(tx, post_ids, at)
    await tx.execute(_BURY(), [_buried(post_id, at) for post_id in post_ids])
    for post_id in post_ids:
        tx.signal(REMOVED, post_id)


def _buried(post_id: int, at: datetime) -> dict[str, object]:
    return {"gone": post_id, "at_time": at, "repeats_since": at - REPEAT_WINDOW}
