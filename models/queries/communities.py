"""Communities as the viewer may know of them: the directory, members, requests, invitations, states of threads."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, and_, bindparam, case, false, func, literal, or_, select

from models.actors import GROUP, Actor, Follow
from models.auditors import is_auditor
from models.base import aliased
from models.communities import GUEST_ROLE, OPEN, PRIVATE, Community, Invitation
from models.conditions import marked, some
from models.engine import Columns, ReadTx
from models.gate import Person, Viewer, ViewerKind, viewer_values, visible_to_kind
from models.interactions import Like
from models.moderation import REPORT_OPEN, Ban, Pin, Report
from models.posts import Post
from models.queries.actors import WIDTH, ActorRow, actor_rows, actors, known_to
from models.queries.moderation import ReportRow
from models.queries.paging import Page, Window
from models.queries.posts import COLUMNS, PostRow
from models.statements import lasting_forms
from models.tags import FeaturedTag
from models.trials import MOST_MEMBERS, Trial

_Mine = aliased(Follow, name="mine")
_Member = aliased(Follow, name="member")
_Guest = aliased(Follow, name="guest")
_Reply = aliased(Post, name="reply")
_WITH_TASTES = (ViewerKind.PERSON, ViewerKind.COMMUNITY)
"""Who can like something."""


class CommunityRow(msgspec.Struct, frozen=True):
    """A community and the viewer's place in it."""

    actor: ActorRow
    charter: str
    opens_history: bool
    allows_discreet: bool
    founded_at: datetime
    members: int
    role: str | None
    """Of the viewer's membership, accepted or not."""
    is_accepted: bool
    joined_at: datetime | None
    is_invited: bool
    trial_ends_at: datetime | None
    """Of a trial; null: it is official, or a partner's."""
    has_guests: bool
    """Of ours: somebody is in it who belongs to no firm."""
    by_auditor: bool
    """The viewer is an auditor, who joins none and reads in none (product section 9)."""

    def is_over(self, now: datetime) -> bool:
        """It is a trial whose time is up: it is there to be read."""
        return self.trial_ends_at is not None and self.trial_ends_at <= now

    @property
    def is_member(self) -> bool:
        """The viewer has joined."""
        return self.role is not None and self.is_accepted

    @property
    def is_read(self) -> bool:
        """The viewer reads what is written there."""
        is_open = self.actor.is_local and self.actor.visibility == OPEN
        return not self.by_auditor and (self.is_member or is_open)


def _communities(viewer: Person) -> Columns:
    invited = some(Invitation, Invitation.community_id == Actor.id, Invitation.actor_id == viewer.actor_id)
    return (
        actors()
        .outerjoin(_Mine, and_(_Mine.target_id == Actor.id, _Mine.follower_id == viewer.actor_id))
        .outerjoin(Trial, Trial.community_id == Actor.id)
        .where(Actor.type == GROUP, Community.actor_id.is_not(None), known_to(viewer))
        .add_columns(
            Community.charter,
            Community.opens_history,
            Community.allows_discreet,
            Community.created_at,
            _size(),
            _Mine.role,
            _Mine.is_accepted,
            _Mine.accepted_at,
            invited,
            Trial.ends_at,
            some(_Guest, _Guest.target_id == Actor.id, _Guest.is_accepted, _Guest.role == GUEST_ROLE),
            is_auditor(literal(viewer.actor_id, BigInteger())),
        )
    )


def _rows(rows: list[Any]) -> list[CommunityRow]:
    found = []
    for row, actor in zip(rows, actor_rows(rows), strict=True):
        charter, history, discreet, founded_at, members = row[WIDTH : WIDTH + 5]
        role, is_accepted, joined_at, is_invited, ends_at, *flags = row[WIDTH + 5 : WIDTH + 12]
        place = (role, bool(is_accepted), joined_at, bool(is_invited), ends_at, *map(bool, flags))
        found.append(CommunityRow(actor, charter, bool(history), bool(discreet), founded_at, members, *place))
    return found


async def directory(
    tx: ReadTx, viewer: Person, page: Page, *, joined: bool | None = None, beginning: str = ""
) -> list[CommunityRow]:
    """Communities, ours and those of partners, that the viewer may know of; the newest first."""
    statement = _communities(viewer)
    is_member = and_(_Mine.id.is_not(None), _Mine.is_accepted)
    if joined is not None:
        statement = statement.where(is_member if joined else or_(_Mine.id.is_(None), _Mine.is_accepted.is_(False)))
    if beginning:
        prefix = beginning.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        statement = statement.where(
            or_(Actor.username.like(prefix, escape="\\"), func.lower(Actor.display_name).like(prefix, escape="\\"))
        )
    return page.ordered(_rows(list((await tx.select(page.bound(statement, Actor.id))).all())))


async def to_join(
    tx: ReadTx, viewer: Person, topics: Sequence[str], unit: Sequence[str], at: datetime, limit: int
) -> list[CommunityRow]:
    """Communities of this firm that the viewer may find and join, or ask to: those that declare most of these topics,
    then of the words of the viewer's unit, then open ones, then the largest (product J4).

    Who is a member where plays no part, beyond the sizes that the directory shows: an order would tell it.
    """
    statement = (
        _communities(viewer)
        .where(Actor.peer_id.is_(None), Actor.deleted_at.is_(None), Community.visibility != PRIVATE, _Mine.id.is_(None))
        .where(or_(Trial.ends_at.is_(None), and_(Trial.ends_at > at, _size() < MOST_MEMBERS)))
        .where(~some(Ban, Ban.community_id == Actor.id, Ban.actor_uri == _uri_of(viewer), _lasts(at)))
        .order_by(
            _declared(topics).desc(),
            _declared(unit).desc(),
            case((Community.visibility == OPEN, 0), else_=1),
            _size().desc(),
            Actor.id,
        )
    )
    return _rows(list((await tx.select(statement.limit(limit))).all()))


def _uri_of(viewer: Person) -> ScalarSelect[str]:
    own = aliased(Actor, name="own")
    return select(own.uri).where(own.id == viewer.actor_id).scalar_subquery()


def _lasts(at: datetime) -> ColumnElement[bool]:
    return or_(Ban.ends_at.is_(None), Ban.ends_at > at)


def _size() -> ScalarSelect[int]:
    return select(func.count()).where(_Member.target_id == Actor.id, _Member.is_accepted).scalar_subquery()


def _declared(names: Sequence[str]) -> ColumnElement[int]:
    """How many of these topics a community declares. Uses the unique index over who and which."""
    of_it = (FeaturedTag.actor_id == Actor.id, FeaturedTag.name.in_(names))
    return select(func.count()).select_from(FeaturedTag).where(*of_it).correlate_except(FeaturedTag).scalar_subquery()


async def one(tx: ReadTx, community_id: int, viewer: Person) -> CommunityRow | None:
    """One community that the viewer may know of."""
    found = _rows(list((await tx.select(_communities(viewer).where(Actor.id == community_id))).all()))
    return found[0] if found else None


class MemberRow(msgspec.Struct, frozen=True):
    """Somebody's membership, or their wish for one; the id is the cursor."""

    id: int
    actor: ActorRow
    role: str
    since: datetime
    """When they joined, or asked to."""


async def members(
    tx: ReadTx, community_id: int, page: Page, *, is_accepted: bool = True, role: str | None = None
) -> list[MemberRow]:
    """Who belongs to a community, or waits for it. Whether the caller may ask is theirs to know."""
    at = Follow.accepted_at if is_accepted else Follow.requested_at
    statement = (
        actors()
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == community_id, Follow.is_accepted.is_(is_accepted))
        .add_columns(Follow.id, Follow.role, at)
    )
    if role is not None:
        statement = statement.where(Follow.role == role)
    rows = (await tx.select(page.bound(statement, Follow.id))).all()
    found = [
        MemberRow(row[WIDTH], actor, row[WIDTH + 1], row[WIDTH + 2])
        for row, actor in zip(rows, actor_rows(rows), strict=True)
    ]
    return page.ordered(found)


async def invited(tx: ReadTx, community_id: int, page: Page) -> list[tuple[ActorRow, datetime]]:
    """Who is invited to a community and has not come yet; the person's id is the cursor."""
    statement = (
        actors()
        .join(Invitation, Invitation.actor_id == Actor.id)
        .where(Invitation.community_id == community_id)
        .add_columns(Invitation.invited_at)
    )
    rows = (await tx.select(page.bound(statement, Actor.id))).all()
    return page.ordered([(actor, row[WIDTH]) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def invitations(tx: ReadTx, viewer: Person, page: Page) -> list[tuple[CommunityRow, datetime]]:
    """Communities that the viewer is invited to; the community's id is the cursor."""
    own = aliased(Invitation)
    statement = (
        _communities(viewer)
        .join(own, and_(own.community_id == Actor.id, own.actor_id == viewer.actor_id))
        .add_columns(own.invited_at)
    )
    rows = list((await tx.select(page.bound(statement, Actor.id))).all())
    return page.ordered([(row, at[-1]) for row, at in zip(_rows(rows), rows, strict=True)])


class ThreadRow(msgspec.Struct, frozen=True):
    """An opening post with the state of its thread."""

    post: PostRow
    replies: int
    is_pinned: bool
    likes: int
    """Of a question: people who lived this too."""
    is_liked: bool
    """By the viewer."""


@cache
def _threads(kind: ViewerKind) -> Columns:
    replies = (
        select(func.count())
        .where(_Reply.thread_id == Post.id, _Reply.id != Post.id, _Reply.deleted_at.is_(None), _Reply.is_confirmed)
        .where(_Reply.shared_post_id.is_(None))
        .scalar_subquery()
    )
    pinned = some(Pin, Pin.post_id == Post.id, Pin.community_id == Post.community_id)
    likes = select(func.count()).where(Like.post_id == Post.id).scalar_subquery()
    viewer_id = bindparam("viewer_id", type_=BigInteger())
    is_liked = some(Like, Like.post_id == Post.id, Like.actor_id == viewer_id) if kind in _WITH_TASTES else false()
    is_thread = and_(Post.parent_uri.is_(None), Post.shared_post_id.is_(None), Post.community_id.is_not(None))
    return select(replies, pinned, likes, is_liked, *COLUMNS).where(is_thread, visible_to_kind(kind))


def _thread_rows(rows: Any) -> list[ThreadRow]:
    return [ThreadRow(PostRow(*row[4:]), row[0], bool(row[1]), row[2], bool(row[3])) for row in rows]


@lasting_forms
def _threads_page(kind: ViewerKind, window: Window, only_unanswered: bool) -> Columns:
    statement = _threads(kind).where(Post.community_id == bindparam("of_community", type_=BigInteger()))
    if only_unanswered:
        # Uses ix_posts_open_questions.
        statement = statement.where(marked(Post.is_question), Post.answer_id.is_(None), is_unanswered())
    return window.of(statement, Post.id)


def is_unanswered() -> ColumnElement[bool]:
    """Nobody but who asked has written in the thread."""
    other = aliased(Post)
    return ~some(
        other,
        other.thread_id == Post.id,
        other.id != Post.id,
        other.author_id != Post.author_id,
        other.deleted_at.is_(None),
        other.is_confirmed,
        other.shared_post_id.is_(None),
    )


async def threads(
    tx: ReadTx, community_id: int, viewer: Viewer, page: Page, *, only_unanswered: bool = False
) -> list[ThreadRow]:
    """Threads of one community that the viewer may see, the newest first; or its questions without any answer."""
    values = {"of_community": community_id, **page.values, **viewer_values(viewer)}
    found = (await tx.select(_threads_page(viewer.kind, page.window, only_unanswered), values)).all()
    return page.ordered(_thread_rows(found))


@lasting_forms
def _thread_of(kind: ViewerKind) -> Columns:
    wanted, wrapper = bindparam("of_post", type_=BigInteger()), aliased(Post)
    behind = select(wrapper.shared_post_id).where(wrapper.id == wanted).scalar_subquery()
    return _threads(kind).where(Post.id == func.coalesce(behind, wanted))


async def thread(tx: ReadTx, thread_id: int, viewer: Viewer) -> ThreadRow | None:
    """One thread by the id of its opening post, or of the community's wrapper around it."""
    rows = (await tx.select(_thread_of(viewer.kind), {"of_post": thread_id, **viewer_values(viewer)})).all()
    found = _thread_rows(rows)
    return found[0] if found else None


@lasting_forms
def _threads_of_ids(kind: ViewerKind) -> Columns:
    return _threads(kind).where(Post.id.in_(bindparam("of_posts", expanding=True)))


async def threads_of_ids(tx: ReadTx, ids: Sequence[int], viewer: Viewer) -> list[ThreadRow]:
    """Those of these threads that the viewer may see, in the order of the ids."""
    values = {"of_posts": list(ids), **viewer_values(viewer)}
    found = _thread_rows((await tx.select(_threads_of_ids(viewer.kind), values)).all())
    return sorted(found, key=lambda row: ids.index(row.post.id))


async def reports(tx: ReadTx, community_id: int, page: Page, *, only_open: bool) -> list[ReportRow]:
    """Reports of posts and people in one community. Who may ask is the caller's to know. Uses ix_reports_community."""
    statement = select(*(getattr(Report, name) for name in ReportRow.__struct_fields__))
    statement = statement.where(Report.community_id == community_id)
    if only_open:
        statement = statement.where(Report.state == REPORT_OPEN)
    return page.ordered([ReportRow(*row) for row in await tx.select(page.bound(statement, Report.id))])


@lasting_forms
def _in_thread(kind: ViewerKind) -> Columns:
    wanted = Post.id == bindparam("of_post", type_=BigInteger())
    in_it = and_(Post.thread_id == bindparam("of_thread", type_=BigInteger()), Post.parent_uri.is_not(None))
    return select(Post.id).where(wanted, in_it, visible_to_kind(kind))


async def in_thread(tx: ReadTx, post_id: int, thread_id: int, viewer: Viewer) -> int | None:
    """The id of an answer, if it is one in this thread that the viewer may see."""
    values = {"of_post": post_id, "of_thread": thread_id, **viewer_values(viewer)}
    row = (await tx.select(_in_thread(viewer.kind), values)).first()
    return row[0] if row else None


async def retention_days(tx: ReadTx, community_id: int) -> int | None:
    """How long threads are kept by the community's own rule; None: it has none."""
    found: int | None = await tx.scalar(select(Community.retention_days).where(Community.actor_id == community_id))
    return found
