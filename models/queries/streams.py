"""What open streams show, asked for many people at once: the cost does not grow with the number of statements.

Content is not here: `seen_by` says who may see which entry and how they marked it, each judged by the gate.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)

from models.accounts import Account
from models.actors import Actor, Follow
from models.base import UtcDateTime, aliased
from models.communities import OPEN, Community
from models.conditions import some
from models.dialect import as_number, numbers
from models.engine import Columns, Query, ReadTx
from models.feeds import FeedEntry
from models.filters import Filter
from models.gate import Person, ViewerKind, visible_to_each, was_visible_to_each
from models.interactions import Bookmark, Like, ProfilePin
from models.lists import OwnList, OwnListMember
from models.notifications import Notification
from models.oauth import Token
from models.peers import ACTIVE, Peer
from models.posts import Post
from models.queries.feeds import belongs_in, is_kept_apart
from models.queries.notifications import COLUMNS, NotificationRow, for_who_asked_discreetly
from models.queries.oauth import LEADING
from models.queries.policies import Noticed, new_since
from models.queries.posts import Entry
from models.queries.tastes import told_to, wanted_by
from models.statements import lasting
from models.tastes import MutedThread

_Placed = aliased(Post, name="placed")
_AT: ColumnElement[datetime] = bindparam("taste_at", type_=UtcDateTime())
_IS_OPEN = some(Community, Community.actor_id == Post.community_id, Community.visibility == OPEN)


class Seen(msgspec.Struct, frozen=True):
    """One entry as far as it concerns one person, in the order of the columns."""

    entry_id: int
    person_id: int
    is_at_home: bool
    """It, or a wrapper around it, stands in the person's home timeline."""
    is_in_open_community: bool
    is_liked: bool
    is_bookmarked: bool
    is_pinned: bool
    is_muted: bool
    """The person muted its thread."""
    has_filters: bool
    is_wanted: bool
    """The person does not mind meeting those who wrote and showed it (`tastes.py`)."""


class Gone(msgspec.Struct, frozen=True):
    """An entry that was deleted, and somebody who may have seen it, in the order of the columns."""

    entry_id: int
    person_id: int
    community_id: int | None
    is_in_open_community: bool


def _by_kind(viewers: Collection[Person]) -> dict[ViewerKind, str]:
    """Their ids, each once: several people may act as one community."""
    ids: dict[ViewerKind, dict[int, None]] = {}
    for viewer in viewers:
        ids.setdefault(viewer.kind, {})[viewer.actor_id] = None
    return {kind: json.dumps(list(found)) for kind, found in ids.items()}


_seen: dict[tuple[str, ViewerKind], Columns] = {}
_gone: dict[tuple[str, ViewerKind], Columns] = {}


def _is_at_home(person: ColumnElement[int], people: FromClause, kind: ViewerKind) -> ColumnElement[bool]:
    """It, or a wrapper around it, stands in the viewer's home: a community's is what it shows."""
    around = or_(_Placed.id == Entry.id, _Placed.shared_post_id == Entry.id)
    if kind is ViewerKind.COMMUNITY:
        return some(_Placed, around, _Placed.author_id == person, _Placed.shared_post_id.is_not(None))
    entries_of = select(_Placed.id).where(around, not_(is_kept_apart(person, _Placed.author_id)))
    return some(FeedEntry, FeedEntry.feed_id == person, FeedEntry.entry_id.in_(entries_of.correlate(Entry, people)))


def _seen_by(tx: ReadTx, kind: ViewerKind) -> Columns:
    """Built once for each kind of database and of viewers."""
    key = tx.dialect, kind
    if key not in _seen:
        people = numbers(tx, bindparam("people"))
        person = as_number(tx, people.c.value)
        _seen[key] = (
            select(
                Entry.id,
                person,
                _is_at_home(person, people, kind),
                _IS_OPEN,
                some(Like, Like.post_id == Post.id, Like.actor_id == person),
                some(Bookmark, Bookmark.post_id == Post.id, Bookmark.actor_id == person),
                some(ProfilePin, ProfilePin.post_id == Post.id, ProfilePin.actor_id == person),
                some(
                    MutedThread,
                    MutedThread.actor_id == person,
                    MutedThread.thread_id == func.coalesce(Post.thread_id, Post.id),
                ),
                some(Filter, Filter.actor_id == person),
                wanted_by(person, _AT, Entry.author_id, Post.author_id),
            )
            .select_from(Entry)
            .join(Post, Post.id == func.coalesce(Entry.shared_post_id, Entry.id))
            .join(people, true())
            .where(
                Entry.id.in_(bindparam("entry_ids", expanding=True)),
                Entry.deleted_at.is_(None),
                visible_to_each(person, kind),
            )
        )
    return _seen[key]


async def seen_by(tx: ReadTx, entry_ids: Collection[int], viewers: Collection[Person], at: datetime) -> list[Seen]:
    """Which of the entries each of the viewers may see. One statement, and one more for communities that act."""
    if not entry_ids:
        return []
    found: list[Seen] = []
    for kind, people in _by_kind(viewers).items():
        values = {"entry_ids": list(entry_ids), "people": people, "taste_at": at}
        found += [_as_seen(row) for row in await tx.select(_seen_by(tx, kind), values)]
    return found


def _as_seen(row: Any) -> Seen:
    return Seen(row[0], row[1], *(bool(mark) for mark in row[2:]))


def _gone_for(tx: ReadTx, kind: ViewerKind) -> Columns:
    """Built once for each kind of database and of viewers."""
    key = tx.dialect, kind
    if key not in _gone:
        people = numbers(tx, bindparam("people"))
        person = as_number(tx, people.c.value)
        ids: BindParameter[int] = bindparam("post_ids", expanding=True)
        _gone[key] = (
            select(Entry.id, person, Post.community_id, _IS_OPEN)
            .select_from(Entry)
            .join(Post, Post.id == func.coalesce(Entry.shared_post_id, Entry.id))
            .join(people, true())
            .where(
                or_(Entry.id.in_(ids), Entry.shared_post_id.in_(ids)),
                Entry.deleted_at.is_not(None),
                was_visible_to_each(person, kind),
            )
        )
    return _gone[key]


async def gone_for(tx: ReadTx, post_ids: Collection[int], viewers: Collection[Person]) -> list[Gone]:
    """Ids of deleted posts and their wrappers, for those who could see them. Statements as for `seen_by` (T151)."""
    if not post_ids:
        return []
    found: list[Gone] = []
    for kind, people in _by_kind(viewers).items():
        rows = await tx.select(_gone_for(tx, kind), {"post_ids": list(post_ids), "people": people})
        found += [Gone(row[0], row[1], row[2], bool(row[3])) for row in rows]
    return found


class Listed(msgspec.Struct, frozen=True):
    """An entry, there or deleted, in a list that somebody made, in the order of the columns."""

    entry_id: int
    post_id: int
    """What a wrapper shows; else the entry itself."""
    list_id: int
    person_id: int
    """Whose list it is."""


def _listed() -> Columns:
    ids: BindParameter[int] = bindparam("entry_ids", expanding=True)
    return (
        select(Entry.id, Post.id, OwnList.id, OwnList.actor_id)
        .select_from(Entry)
        .join(Post, Post.id == func.coalesce(Entry.shared_post_id, Entry.id))
        .join(OwnListMember, OwnListMember.account_id == Entry.author_id)
        .join(OwnList, OwnList.id == OwnListMember.list_id)
        .where(
            OwnList.id.in_(bindparam("list_ids", expanding=True)),
            or_(Entry.id.in_(ids), Entry.shared_post_id.in_(ids)),
            belongs_in(OwnList),
        )
    )


_LISTED = lasting(_listed)


async def listed(tx: ReadTx, entry_ids: Collection[int], list_ids: Collection[int]) -> list[Listed]:
    """Which of the entries, and of the wrappers around them, stand in which of the lists; who may see them says
    `seen_by`. One statement, none where nobody listens to such a list.
    """
    if not entry_ids or not list_ids:
        return []
    rows = await tx.select(_LISTED(), {"entry_ids": list(entry_ids), "list_ids": list(list_ids)})
    return [Listed(*row) for row in rows]


_TOLD: Columns = select(Notification.recipient_id, *COLUMNS).where(
    not_(for_who_asked_discreetly()),
    Notification.recipient_id.in_(bindparam("people", expanding=True)),
    Notification.created_at.in_(bindparam("instants", expanding=True)),
    or_(
        Notification.post_id.in_(bindparam("posts", expanding=True)),
        Notification.recipient_id.in_(bindparam("told", expanding=True)),
    ),
    told_to(
        _AT,
        Noticed(Notification.recipient_id, Notification.type, Notification.actor_id, Notification.post_id),
    ),
)


async def told(
    tx: ReadTx,
    viewers: Collection[Person],
    *,
    posts: Collection[int],
    people: Collection[int],
    at: datetime,
    instants: Collection[datetime],
) -> list[tuple[int, NotificationRow]]:
    """Notifications of these instants for the viewers, who are named first: about the posts, or any for the people.

    Those that they do not care to get at the time `at` are left out. Without what they speak of: whether its recipient
    may see that says `seen_by`. Uses ix_notifications_recipient.
    """
    if not viewers or not instants:
        return []
    values = {
        "people": [viewer.actor_id for viewer in viewers],
        "instants": list(instants),
        "posts": list(posts),
        "told": list(people),
        "taste_at": at,
        **new_since(at),
    }
    rows = await tx.select(_TOLD.order_by(Notification.id), values)
    return [(row[0], NotificationRow(*row[1:])) for row in rows]


_GOOD: Columns = (
    select(Token.id)
    .join(Account, Account.actor_id == Token.actor_id)
    .where(
        Token.id.in_(bindparam("tokens", expanding=True)),
        Token.revoked_at.is_(None),
        Account.suspended_at.is_(None),
        or_(
            Token.community_id.is_(None),
            some(Follow, Follow.follower_id == Token.actor_id, Follow.target_id == Token.community_id, *LEADING),
        ),
    )
)


async def good_tokens(tx: ReadTx, token_ids: Collection[int]) -> set[int]:
    """Those of the tokens that still open anything: a community's, while who acts by it leads it (T120, T143)."""
    return {row[0] for row in await tx.select(_GOOD, {"tokens": list(token_ids)})} if token_ids else set()


_resting = some(Actor, Actor.id == Follow.target_id, some(Peer, Peer.id == Actor.peer_id, Peer.state != ACTIVE))
_LISTS: BindParameter[int] = bindparam("lists", expanding=True)
_PRESENT: Query = union_all(
    select(Follow.id).where(and_(Follow.id.in_(_LISTS), Follow.is_accepted, Follow.list_hidden.is_(False), ~_resting)),
    select(OwnList.id).where(OwnList.id.in_(_LISTS)),
)


async def present_lists(tx: ReadTx, list_ids: Collection[int]) -> set[int]:
    """Those of the lists that are still there: made by somebody, or kept for a member of a community whose firm has not
    been suspended (T235).
    """
    return {row[0] for row in await tx.select(_PRESENT, {"lists": list(list_ids)})} if list_ids else set()


async def kept_list(tx: ReadTx, list_id: int, viewer: Person) -> int | None:
    """The community whose posts the list shows that is kept for the viewer; None where there is no such list."""
    statement = select(Follow.target_id).where(
        Follow.id == list_id,
        Follow.follower_id == viewer.actor_id,
        Follow.is_accepted,
        Follow.list_hidden.is_(False),
        some(Community, Community.actor_id == Follow.target_id),
    )
    community_id: int | None = await tx.scalar(statement)
    return community_id


def people_of(seen: Sequence[Seen]) -> dict[int, list[Seen]]:
    """By entry."""
    found: dict[int, list[Seen]] = {}
    for one in seen:
        found.setdefault(one.entry_id, []).append(one)
    return found
