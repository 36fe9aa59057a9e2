"""Who leads where, who is banned, what is pinned, taken out or reported."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, ColumnElement, String, bindparam, false, or_, select, true
from sqlalchemy.sql.elements import SQLCoreOperations

from models.accounts import AUDITOR
from models.actors import Actor, Follow
from models.auditors import is_auditor
from models.base import UtcDateTime, aliased
from models.communities import HOST_ROLE, MODERATOR_ROLE
from models.conditions import some
from models.engine import Columns, ReadTx
from models.gate import (
    CaseReader,
    Operation,
    PeerServer,
    Person,
    Standing,
    Viewer,
    ViewerKind,
    Visitor,
    passed_on_to,
    viewer_values,
    visible_to,
)
from models.moderation import Ban, Moderator, PersonalBlock, Pin, Removal, Report
from models.posts import Post
from models.queries.actors import ActorRow, actor_rows, actors
from models.queries.paging import Page
from models.queries.posts import COLUMNS, Entry, EntryRow, PostRow, entries, entry_rows
from models.sharing import writes_nothing
from models.statements import lasting, lasting_forms
from models.trials import is_over

MOST_PINS = 3
"""Product J8: a host pins three."""

_Banned = aliased(Actor)


def ban_of(actor_id: SQLCoreOperations[int], community_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """The condition that an actor is banned from a community at the time `at_time`: the clock alone ends a ban."""
    at = bindparam("at_time", type_=UtcDateTime())
    uri = select(_Banned.uri).where(_Banned.id == actor_id).correlate_except(_Banned).scalar_subquery()
    return some(
        Ban, Ban.community_id == community_id, Ban.actor_uri == uri, or_(Ban.ends_at.is_(None), Ban.ends_at > at)
    )


async def is_locked_by_author(tx: ReadTx, post_id: int) -> bool:
    """Whether it is its author alone who closed a thread, or what is below a comment."""
    return await tx.scalar(select(Post.locked_by_author).where(Post.id == post_id)) is True


# --- who may do what ---


def _standing() -> Columns:
    by, of = bindparam("by_actor", type_=BigInteger()), bindparam("of_community", type_=BigInteger())
    role = select(Follow.role).where(Follow.follower_id == by, Follow.target_id == of, Follow.is_accepted)
    listed = some(
        Moderator,
        Moderator.community_id == of,
        Moderator.actor_uri == select(_Banned.uri).where(_Banned.id == by).scalar_subquery(),
    )
    over = is_over(of, bindparam("at_time", type_=UtcDateTime()))
    return select(role.scalar_subquery(), ban_of(by, of), listed, writes_nothing(by, of), over, is_auditor(by))


_STANDING = lasting(_standing)


async def standing(tx: ReadTx, actor_id: int, community_id: int, at: datetime) -> Standing:
    """An actor's place in a community: their role, whether they are banned. One statement.

    Who is on the list of moderators of a partner's community counts as its host: their server makes no difference.
    An auditor leads and is a member nowhere.
    """
    values = {"by_actor": actor_id, "of_community": community_id, "at_time": at}
    role, is_banned, is_listed, only_reads, has_ended, by_auditor = (await tx.select(_STANDING(), values)).one()
    return Standing(
        actor_id,
        is_active=True,
        role=AUDITOR if by_auditor else HOST_ROLE if is_listed else role,
        is_banned=bool(is_banned),
        reads_only=bool(only_reads),
        is_over=bool(has_ended),
    )


async def moderators(tx: ReadTx, community_id: int) -> set[str]:
    """The ids of those who moderate a partner's community."""
    rows = await tx.select(select(Moderator.actor_uri).where(Moderator.community_id == community_id))
    return {row[0] for row in rows}


async def collections(tx: ReadTx, actor_id: int) -> tuple[str | None, str | None]:
    """Where a partner's community lists its moderators, and what it pinned."""
    row = (await tx.select(select(Actor.moderators_url, Actor.featured_url).where(Actor.id == actor_id))).first()
    return (row[0], row[1]) if row else (None, None)


async def is_blocked(tx: ReadTx, actor_id: int, target_id: int) -> bool:
    """The first does not want to meet the second."""
    statement = select(PersonalBlock.actor_id).where(
        PersonalBlock.actor_id == actor_id, PersonalBlock.target_id == target_id
    )
    return await tx.scalar(statement) is not None


async def blockers_of(tx: ReadTx, target_id: int, among: Sequence[int]) -> set[int]:
    """Those of the actors who do not want to meet this one."""
    statement = select(PersonalBlock.actor_id).where(
        PersonalBlock.target_id == target_id, PersonalBlock.actor_id.in_(among)
    )
    return {row[0] for row in await tx.select(statement)} if among else set()


class BanRow(msgspec.Struct, frozen=True):
    """One ban as it was stored; whether it still holds, `ends_at` and the clock say."""

    community_id: int
    actor_uri: str
    activity_uri: str
    reason: str
    ends_at: datetime | None
    hides_data: bool


_BAN = (Ban.community_id, Ban.actor_uri, Ban.activity_uri, Ban.reason, Ban.ends_at, Ban.hides_data)


async def ban(tx: ReadTx, community_id: int, actor_uri: str) -> BanRow | None:
    """The ban of somebody from a community."""
    statement = select(*_BAN).where(Ban.community_id == community_id, Ban.actor_uri == actor_uri)
    row = (await tx.select(statement)).first()
    return BanRow(*row) if row else None


async def ban_by_activity(tx: ReadTx, activity_uri: str, by_id: int) -> BanRow | None:
    """The ban that an actor's Block made; the id alone would prove nothing."""
    row = (await tx.select(select(*_BAN).where(Ban.activity_uri == activity_uri, Ban.by_id == by_id))).first()
    return BanRow(*row) if row else None


async def banned_among(tx: ReadTx, community_id: int, actor_ids: Sequence[int], at: datetime) -> set[int]:
    """Those of the actors who are banned from a community."""
    barred = ban_of(Actor.id, bindparam("of_community", type_=BigInteger()))
    statement = select(Actor.id).where(Actor.id.in_(actor_ids), barred)
    return {row[0] for row in await tx.select(statement, {"of_community": community_id, "at_time": at})}


async def banned(tx: ReadTx, community_id: int, at: datetime, page: Page) -> list[tuple[int, ActorRow]]:
    """Who is banned from a community now, paged by their id; for those who lead it."""
    holds = or_(Ban.ends_at.is_(None), Ban.ends_at > at)
    statement = actors().join(Ban, Ban.actor_uri == Actor.uri).where(Ban.community_id == community_id, holds)
    return page.ordered([(one.id, one) for one in actor_rows((await tx.select(page.bound(statement, Actor.id))).all())])


# --- what is pinned ---


async def pinned_ids(tx: ReadTx, community_id: int) -> list[int]:
    """The posts that are pinned in a community, in the order in which they were."""
    statement = select(Pin.post_id).where(Pin.community_id == community_id).order_by(Pin.pinned_at, Pin.post_id)
    return [row[0] for row in await tx.select(statement)]


@lasting_forms
def _pinned(kind: ViewerKind) -> Columns:
    statement = entries(kind).join(Pin, (Pin.post_id == Entry.shared_post_id) & (Pin.community_id == Entry.author_id))
    return (
        statement.where(Entry.author_id == bindparam("of_community", type_=BigInteger()))
        .order_by(Pin.pinned_at, Pin.post_id)
        .limit(40)
    )


async def pinned(tx: ReadTx, community_id: int, viewer: Viewer) -> list[EntryRow]:
    """The wrappers of a community around what it has pinned, in that order, as far as the viewer may see them."""
    values = {"of_community": community_id, **viewer_values(viewer)}
    return entry_rows((await tx.select(_pinned(viewer.kind), values)).all())


class PinnedThread(msgspec.Struct, frozen=True):
    """Which thread is pinned and whose it is: nothing of what it says."""

    uri: str
    kind: str
    author_uri: str


async def pinned_threads(tx: ReadTx, community_id: int, viewer: PeerServer) -> list[PinnedThread]:
    """What is pinned in a community, still there, and told to this peer, in that order; also what others wrote."""
    statement = (
        select(Post.uri, Post.kind, Actor.uri)
        .join(Pin, Pin.post_id == Post.id)
        .join(Actor, Actor.id == Post.author_id)
        .where(
            Pin.community_id == community_id,
            Post.deleted_at.is_(None),
            or_(visible_to(viewer), passed_on_to(viewer)),
        )
        .order_by(Pin.pinned_at, Pin.post_id)
        .limit(40)
    )
    return [PinnedThread(*row) for row in await tx.select(statement)]


# --- what was taken out ---


class RemovalRow(msgspec.Struct, frozen=True):
    """A post that was taken out, as it was, and why."""

    post: PostRow
    reason: str
    root_id: int
    with_ban: bool
    removed_at: datetime


def _leads(viewer: Viewer) -> ColumnElement[bool]:
    """Who still reads what was taken out: hosts and moderators of that community, and nobody else."""
    match viewer:
        case Operation():
            return true()
        case PeerServer() | CaseReader() | Visitor():
            return false()
        case Person(actor_id):
            return some(
                Follow,
                Follow.target_id == Removal.community_id,
                Follow.follower_id == actor_id,
                Follow.is_accepted,
                Follow.role.in_((HOST_ROLE, MODERATOR_ROLE)),
            )


def _removals(viewer: Viewer) -> Columns:
    columns = (Removal.reason, Removal.root_id, Removal.with_ban, Removal.created_at)
    return select(*columns, *COLUMNS).join(Post, Post.id == Removal.post_id).where(_leads(viewer))


async def removal(tx: ReadTx, viewer: Viewer, *, uri: str = "", post_id: int = 0) -> RemovalRow | None:
    """A post that was taken out, by its id outside or here."""
    statement = _removals(viewer).where(or_(Post.uri == bindparam("of_uri", uri, String()), Post.id == post_id))
    row = (await tx.select(statement)).first()
    return RemovalRow(PostRow(*row[4:]), row[0], row[1], row[2], row[3]) if row else None


# --- reports ---


class ReportRow(msgspec.Struct, frozen=True):
    """One report: of a post, or of somebody (`post_id` None)."""

    id: int
    activity_uri: str
    reporter_id: int
    target_id: int
    post_id: int | None
    community_id: int | None
    reason: str
    category: str
    is_forwarded: bool
    state: str
    created_at: datetime
    resolved_at: datetime | None


_REPORTS = lasting(
    lambda: select(
        Report.id,
        Report.activity_uri,
        Report.reporter_id,
        Report.target_id,
        Report.post_id,
        Report.community_id,
        Report.reason,
        Report.category,
        Report.is_forwarded,
        Report.state,
        Report.created_at,
        Report.resolved_at,
    )
)
