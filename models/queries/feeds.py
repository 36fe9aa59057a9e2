"""Timelines: home, a community's, a hashtag's, what all of the firm may read, one actor's.

`at`, where it is asked for: the present, by which mutes run out.
"""

from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec
from sqlalchemy import BigInteger, ColumnElement, String, and_, bindparam, not_, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from models.actors import Follow
from models.communities import OPEN, Community
from models.conditions import another, some
from models.dialect import has_files, json_names
from models.engine import Columns, ReadTx
from models.feeds import FeedEntry, tag_feed
from models.gate import Person, Viewer, ViewerKind, viewer_values
from models.interactions import Bookmark, Like
from models.lists import FOLLOWED, LIST, OwnList, OwnListMember
from models.posts import DIRECT, Post
from models.queries.paging import Page, Window
from models.queries.posts import Entry, EntryRow, entries, entry_rows
from models.queries.tastes import taste_values, wanted_by_kind
from models.statements import lasting_forms, unplanned


async def home(tx: ReadTx, viewer: Person, page: Page, at: datetime) -> list[EntryRow]:
    """Opening posts of joined communities in their wrappers, and posts of people followed; newest first."""
    values = {"feed_id": viewer.actor_id, **taste_values(viewer, at)}
    return await _page(tx, _home_statement(viewer.kind, page.window), viewer, page, **values)


MOST_FURTHER_TAGS = 4
"""Of each kind, in one question for a hashtag's timeline."""


class Tagged(msgspec.Struct, frozen=True, kw_only=True):
    """Which posts of a hashtag's timeline are wanted; nothing said: all of them."""

    any_of: tuple[str, ...] = ()
    """Those with one of these hashtags as well."""
    all_of: tuple[str, ...] = ()
    """Only those that have all of these too."""
    none_of: tuple[str, ...] = ()
    with_files: bool = False
    is_local: bool = False
    is_remote: bool = False


async def tag(
    tx: ReadTx, name: str, viewer: Viewer, page: Page, at: datetime, wanted: Tagged = Tagged()
) -> list[EntryRow]:
    """Posts with a hashtag that the viewer may see."""
    form = TagForm(
        bool(wanted.any_of),
        len(wanted.all_of),
        len(wanted.none_of),
        wanted.with_files,
        wanted.is_local,
        wanted.is_remote,
    )
    values: dict[str, object] = {"feed_id": tag_feed(name), **taste_values(viewer, at)}
    if wanted.any_of:
        values["feed_ids"] = [tag_feed(one) for one in (name, *wanted.any_of)]
    values |= {f"with_tag_{number}": one for number, one in enumerate(wanted.all_of)}
    values |= {f"without_tag_{number}": one for number, one in enumerate(wanted.none_of)}
    return await _page(tx, _tag_statement(viewer.kind, page.window, form), viewer, page, **values)


class TagForm(NamedTuple):
    """The form of such a question without its words: statements are built once for each and kept."""

    has_any: bool
    all_of: int
    none_of: int
    with_files: bool
    is_local: bool
    is_remote: bool


@lru_cache(maxsize=256)
def _tag_statement(kind: ViewerKind, window: Window, form: TagForm) -> Columns:
    chosen = wanted_by_kind(kind, Entry.author_id, Post.author_id)
    chosen += [json_names(Post.tags, _text(f"with_tag_{number}")) for number in range(form.all_of)]
    chosen += [not_(json_names(Post.tags, _text(f"without_tag_{number}"))) for number in range(form.none_of)]
    if form.with_files:
        chosen.append(has_files(Post.details))
    if form.is_local:
        chosen.append(Post.peer_id.is_(None))
    if form.is_remote:
        chosen.append(Post.peer_id.is_not(None))
    statement = entries(kind).where(*chosen)
    if form.has_any:
        placed = select(FeedEntry.entry_id).where(FeedEntry.feed_id.in_(bindparam("feed_ids", expanding=True)))
        return window.of(statement.where(Entry.id.in_(placed)), Entry.id)
    statement = statement.join(FeedEntry, FeedEntry.entry_id == Entry.id)
    return window.of(statement.where(FeedEntry.feed_id == bindparam("feed_id")), FeedEntry.entry_id)


def _text(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=String())


@lasting_forms
def _home_statement(kind: ViewerKind, window: Window) -> Columns:
    viewer_id = bindparam("viewer_id", type_=BigInteger())
    return _feed_statement(kind, window).where(not_(is_kept_apart(viewer_id, Entry.author_id)))


def is_kept_apart(person_id: SQLCoreOperations[int], author_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """The condition that the author is in a list of the person's that takes its people out of home."""
    own = another(OwnList, "is_kept_apart_own")
    member = another(OwnListMember, "is_kept_apart_member")
    by_person = own.actor_id == person_id
    return some(
        member, member.account_id == author_id, some(own, own.id == member.list_id, own.is_exclusive, by_person)
    )


@cache
def _feed_statement(kind: ViewerKind, window: Window) -> Columns:
    wanted = wanted_by_kind(kind, Entry.author_id, Post.author_id)
    statement = entries(kind).join(FeedEntry, FeedEntry.entry_id == Entry.id).where(*wanted)
    return window.of(statement.where(FeedEntry.feed_id == bindparam("feed_id")), FeedEntry.entry_id)


async def _page(tx: ReadTx, statement: Columns, viewer: Viewer, page: Page, **values: object) -> list[EntryRow]:
    """Run a kept statement for one viewer and one page."""
    rows = (await tx.select(statement, {**values, **page.values, **viewer_values(viewer)})).all()
    return page.ordered(entry_rows(rows))


@lasting_forms
def _community_statement(kind: ViewerKind, window: Window, with_files: bool, is_tagged: bool) -> Columns:
    chosen = [Entry.shared_post_id.is_not(None), *_carrying(with_files, is_tagged)]
    # Of the community itself nothing is left out: somebody who muted it has opened its page or its list to read it.
    wanted = wanted_by_kind(kind, Post.author_id)
    author = unplanned(bindparam("of_author", type_=BigInteger()))
    return window.of(entries(kind).where(Entry.author_id == author, *chosen, *wanted), Entry.id)


async def community_page(
    tx: ReadTx,
    community_id: int,
    viewer: Viewer,
    page: Page,
    at: datetime,
    *,
    with_files: bool = False,
    tagged: str | None = None,
) -> list[EntryRow]:
    """A community's wrappers around its opening posts; `with_files`: of those alone that have any; `tagged`: that have
    this hashtag.

    Uses ix_posts_author.
    """
    values = {"of_author": community_id, "tagged": tagged, **taste_values(viewer, at)}
    statement = _community_statement(viewer.kind, page.window, with_files, tagged is not None)
    return await _page(tx, statement, viewer, page, **values)


def _carrying(with_files: bool, is_tagged: bool) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = [has_files(Post.details)] if with_files else []
    return [*chosen, json_names(Post.tags, _text("tagged"))] if is_tagged else chosen


@lasting_forms
def _kept_list_statement(kind: ViewerKind, window: Window) -> Columns:
    kept = (
        Follow.id == bindparam("list_id"),
        Follow.follower_id == bindparam("viewer_id"),
        Follow.is_accepted,
        Follow.list_hidden.is_(False),
    )
    statement = entries(kind).join(Follow, Follow.target_id == Entry.author_id)
    statement = statement.where(*kept, Entry.shared_post_id.is_not(None), *wanted_by_kind(kind, Post.author_id))
    return window.of(statement, Entry.id)


async def kept_list(tx: ReadTx, list_id: int, viewer: Person, page: Page, at: datetime) -> list[EntryRow]:
    """As `community_page`, by the list that is kept for the membership; nothing for a list that is not the viewer's."""
    values = {"list_id": list_id, **taste_values(viewer, at)}
    return await _page(tx, _kept_list_statement(viewer.kind, page.window), viewer, page, **values)


@lasting_forms
def _own_list_statement(kind: ViewerKind, window: Window) -> Columns:
    own = another(OwnList, "own_list_statement_own")
    is_own = own.actor_id == bindparam("viewer_id", type_=BigInteger())
    statement = (
        entries(kind)
        .join(OwnListMember, OwnListMember.account_id == Entry.author_id)
        .join(own, own.id == OwnListMember.list_id)
        .where(own.id == bindparam("list_id"), is_own, belongs_in(own))
    )
    return window.of(statement.where(*wanted_by_kind(kind, Entry.author_id, Post.author_id)), Entry.id)


def belongs_in(own: type[OwnList]) -> ColumnElement[bool]:
    """The condition over `posts`: what somebody in a list wrote is shown there, by its policy for answers."""
    other = another(OwnListMember, "belongs_in_other")
    parent = another(Post, "belongs_in_parent")
    follow = another(Follow, "belongs_in_follow")
    is_listed = some(other, other.list_id == own.id, other.account_id == parent.author_id)
    is_followed = some(
        follow, follow.follower_id == own.actor_id, follow.target_id == parent.author_id, follow.is_accepted
    )
    answered = parent.id == Post.parent_id
    return and_(
        Post.audience != DIRECT,
        or_(
            Post.parent_uri.is_(None),
            and_(own.replies_policy == LIST, some(parent, answered, is_listed)),
            and_(
                own.replies_policy == FOLLOWED,
                some(parent, answered, or_(parent.author_id == own.actor_id, is_followed)),
            ),
        ),
    )


async def own_list(tx: ReadTx, list_id: int, viewer: Person, page: Page, at: datetime) -> list[EntryRow]:
    """What people in a list of the viewer's wrote, and what communities in it show; nothing for others' lists."""
    values = {"list_id": list_id, **taste_values(viewer, at)}
    return await _page(tx, _own_list_statement(viewer.kind, page.window), viewer, page, **values)


@lasting_forms
def _firm_statement(kind: ViewerKind, window: Window, is_local: bool, is_remote: bool, with_files: bool) -> Columns:
    statement = entries(kind).where(
        Entry.shared_post_id.is_not(None),
        some(Community, Community.actor_id == Post.community_id, Community.visibility == OPEN),
        *wanted_by_kind(kind, Entry.author_id, Post.author_id),
    )
    if is_local:
        statement = statement.where(Post.peer_id.is_(None))
    if is_remote:
        statement = statement.where(Post.peer_id.is_not(None))
    if with_files:
        statement = statement.where(has_files(Post.details))
    return window.of(statement, Entry.id)


async def firm(
    tx: ReadTx, viewer: Viewer, page: Page, at: datetime, *, is_local: bool, is_remote: bool, with_files: bool = False
) -> list[EntryRow]:
    """Opening posts of open communities: ours (what all of this firm may read), partners' that the viewer joined;
    `with_files`: of those alone that have any.
    """
    statement = _firm_statement(viewer.kind, page.window, is_local, is_remote, with_files)
    return await _page(tx, statement, viewer, page, **taste_values(viewer, at))


@lasting_forms
def _author_statement(
    kind: ViewerKind, window: Window, without_replies: bool, with_files: bool, is_tagged: bool
) -> Columns:
    statement = entries(kind).where(Entry.author_id == bindparam("of_author"))
    if without_replies:
        parent = another(Post, "author_statement_parent")
        continues = some(parent, parent.id == Entry.parent_id, parent.author_id == Entry.author_id)
        statement = statement.where(or_(Entry.parent_uri.is_(None), continues))
    return window.of(statement.where(*_carrying(with_files, is_tagged)), Entry.id)


async def by_author(
    tx: ReadTx,
    author_id: int,
    viewer: Viewer,
    page: Page,
    *,
    without_replies: bool = False,
    with_files: bool = False,
    tagged: str | None = None,
) -> list[EntryRow]:
    """One person's posts, or one community's wrappers, as far as the viewer may see them.

    `without_replies`: to others; what somebody adds to their own posts is no answer.
    """
    statement = _author_statement(viewer.kind, page.window, without_replies, with_files, tagged is not None)
    return await _page(tx, statement, viewer, page, of_author=author_id, tagged=tagged)


@lasting_forms
def _marked_statement(kind: ViewerKind, window: Window, mark: type[Bookmark] | type[Like], cursor: str) -> Columns:
    statement = entries(kind, cursor).join(mark, mark.post_id == Entry.id)
    return window.of(statement.where(mark.actor_id == bindparam("viewer_id")), mark.id)


async def bookmarks(tx: ReadTx, viewer: Person, page: Page) -> list[EntryRow]:
    """What the viewer keeps; paged by the bookmark's id, which is the entry's `cursor`."""
    return await _page(tx, _marked_statement(viewer.kind, page.window, Bookmark, "bookmark"), viewer, page)


async def favourites(tx: ReadTx, viewer: Person, page: Page) -> list[EntryRow]:
    """What the viewer likes; paged by the like's id, which is the entry's `cursor`."""
    return await _page(tx, _marked_statement(viewer.kind, page.window, Like, "like"), viewer, page)
