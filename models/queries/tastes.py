"""What a person does not want to meet, as a condition beside the gate; and the lists of it.

The gate says what somebody has a right to see. A taste takes nothing from that right: what is muted is still found at
its own address, on its author's profile, among one's bookmarks. So it is a condition of its own, added where the server
chooses what to show (timelines, threads, notifications), and never part of `visible_to`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, func, not_, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from models.actors import PERSON, Actor, Follow
from models.base import UtcDateTime, aliased
from models.communities import OPEN, Community
from models.conditions import another, some
from models.engine import ReadTx
from models.gate import Person, Viewer, ViewerKind
from models.moderation import PersonalBlock
from models.policies import DROP, FILTER
from models.posts import Post
from models.queries.actors import WIDTH, ActorRow, actor_rows, actors, known_to
from models.queries.paging import Page
from models.queries.policies import Noticed, new_since, set_aside
from models.tastes import AccountNote, DomainBlock, Endorsement, Mute, MutedThread

Column = SQLCoreOperations[int] | SQLCoreOperations[int | None]

_VIEWER: ColumnElement[int] = bindparam("viewer_id", type_=BigInteger())
_NOW: ColumnElement[datetime] = bindparam("taste_at", type_=UtcDateTime())


def taste_values(viewer: Viewer, at: datetime) -> dict[str, object]:
    """The parameter of a statement made with `wanted_by_kind` of this viewer's kind, beside `viewer_values`."""
    return {"taste_at": at, **new_since(at)} if isinstance(viewer, Person) else {}


def wanted_by_kind(kind: ViewerKind, *author_ids: Column) -> list[ColumnElement[bool]]:
    """For statements that are built once: nothing by these authors that the viewer does not care to meet.

    Run with `viewer_values` and `taste_values`. Only people have tastes.
    """
    if kind is not ViewerKind.PERSON:
        return []
    return [wanted_by(_VIEWER, _NOW, *author_ids)]


def wanted_by(person_id: Column, at: SQLCoreOperations[datetime], *author_ids: Column) -> ColumnElement[bool]:
    """None of the authors is muted by the person now, of a server that they blocked, or blocked, either way."""
    mute = another(Mute, "wanted_by_mute")
    muted = some(
        mute,
        mute.actor_id == person_id,
        mute.target_id.in_(author_ids),
        or_(mute.expires_at.is_(None), mute.expires_at > at),
    )
    return and_(
        not_(muted), not_(_are_parted(person_id, *author_ids)), not_(_of_blocked_domain(person_id, *author_ids))
    )


def told_to(at: SQLCoreOperations[datetime], one: Noticed) -> ColumnElement[bool]:
    """The person wants to be told of it, and their policy lets it through. Run with `new_since` as well."""
    cared_for = cared_for_by(one.person_id, at, one.by_id, one.post_id)
    return and_(cared_for, not_(set_aside(one, FILTER, DROP)))


def cared_for_by(
    person_id: Column, at: SQLCoreOperations[datetime], by_id: Column, post_id: Column
) -> ColumnElement[bool]:
    """The person cares to hear of what `by_id` does with a post (or, null, with no post)."""
    mute, thread, subject = (
        another(Mute, "cared_for_by_mute"),
        another(MutedThread, "cared_for_by_thread"),
        another(Post, "cared_for_by_subject"),
    )
    muted = some(
        mute,
        mute.actor_id == person_id,
        mute.target_id == by_id,
        mute.hides_notifications,
        or_(mute.expires_at.is_(None), mute.expires_at > at),
    )
    in_muted_thread = some(
        subject,
        subject.id == post_id,
        some(thread, thread.actor_id == person_id, thread.thread_id == func.coalesce(subject.thread_id, subject.id)),
    )
    return and_(
        not_(muted),
        not_(_are_parted(person_id, by_id)),
        not_(_of_blocked_domain(person_id, by_id)),
        not_(in_muted_thread),
    )


def told_to_viewer(type_: SQLCoreOperations[str], by_id: Column, post_id: Column) -> ColumnElement[bool]:
    """As `told_to`, for statements that are built once. Run with `viewer_values` and `taste_values`."""
    return told_to(_NOW, Noticed(_VIEWER, type_, by_id, post_id))


def cared_for_by_viewer(by_id: Column, post_id: Column) -> ColumnElement[bool]:
    """As `cared_for_by`, for statements that are built once. Run with `viewer_values` and `taste_values`."""
    return cared_for_by(_VIEWER, _NOW, by_id, post_id)


def _are_parted(person_id: Column, *author_ids: Column) -> ColumnElement[bool]:
    """One of the two does not want to meet the other; neither is shown to the other then."""
    block = another(PersonalBlock, "are_parted_block")
    return some(
        block,
        or_(
            and_(block.actor_id == person_id, block.target_id.in_(author_ids)),
            and_(block.target_id == person_id, block.actor_id.in_(author_ids)),
        ),
    )


def _of_blocked_domain(person_id: Column, *author_ids: Column) -> ColumnElement[bool]:
    block = another(DomainBlock, "of_blocked_domain_block")
    stranger = another(Actor, "of_blocked_domain_stranger")
    return some(
        stranger,
        stranger.id.in_(author_ids),
        stranger.peer_id.is_not(None),
        some(block, block.actor_id == person_id, block.host == stranger.host),
    )


async def unwanted(tx: ReadTx, viewer: Viewer, author_ids: Sequence[int], at: datetime) -> set[int]:
    """Those of the authors whom the viewer does not care to meet, for what is put together outside the database."""
    if not author_ids or not isinstance(viewer, Person) or viewer.kind is not ViewerKind.PERSON:
        return set()
    statement = select(Actor.id).where(
        Actor.id.in_(bindparam("author_ids", expanding=True)), not_(wanted_by(_VIEWER, _NOW, Actor.id))
    )
    values = {"author_ids": sorted(set(author_ids)), "viewer_id": viewer.actor_id, "taste_at": at}
    return {row[0] for row in await tx.select(statement, values)}


class Taste(msgspec.Struct, frozen=True):
    """What one person thinks of another, in the order of the columns."""

    target_id: int
    is_muted: bool = False
    mutes_notifications: bool = False
    muted_until: datetime | None = None
    is_blocked: bool = False
    is_domain_blocked: bool = False
    is_endorsed: bool = False
    note: str = ""


async def towards(tx: ReadTx, person_id: int, others: Sequence[int], at: datetime) -> dict[int, Taste]:
    """What a person thinks of these others, by their ids; one statement."""
    if not others:
        return {}
    blocks = some(DomainBlock, DomainBlock.actor_id == person_id, DomainBlock.host == Actor.host)
    is_current = or_(Mute.expires_at.is_(None), Mute.expires_at > at)
    statement = (
        select(
            Actor.id,
            Mute.id.is_not(None),
            func.coalesce(Mute.hides_notifications, False),
            Mute.expires_at,
            some(PersonalBlock, PersonalBlock.actor_id == person_id, PersonalBlock.target_id == Actor.id),
            and_(Actor.peer_id.is_not(None), blocks),
            some(Endorsement, Endorsement.actor_id == person_id, Endorsement.target_id == Actor.id),
            func.coalesce(AccountNote.comment, ""),
        )
        .outerjoin(Mute, and_(Mute.actor_id == person_id, Mute.target_id == Actor.id, is_current))
        .outerjoin(AccountNote, and_(AccountNote.actor_id == person_id, AccountNote.target_id == Actor.id))
        .where(Actor.id.in_(others))
    )
    return {row[0]: Taste(*row) for row in await tx.select(statement)}


async def mutes(tx: ReadTx, viewer: Person, page: Page, at: datetime) -> list[tuple[int, ActorRow, datetime | None]]:
    """Whom a person mutes now, and until when; the mute's id is the cursor. A private community that they have left is
    not among them (threats T152).
    """
    statement = (
        actors()
        .join(Mute, Mute.target_id == Actor.id)
        .where(Mute.actor_id == viewer.actor_id, or_(Mute.expires_at.is_(None), Mute.expires_at > at), known_to(viewer))
        .add_columns(Mute.id, Mute.expires_at)
    )
    rows = (await tx.select(page.bound(statement, Mute.id))).all()
    found = [(row[WIDTH], actor, row[WIDTH + 1]) for row, actor in zip(rows, actor_rows(rows), strict=True)]
    return page.ordered(found)


async def blocks(tx: ReadTx, person_id: int, page: Page) -> list[tuple[int, ActorRow]]:
    """Whom a person blocks; the block's number is the cursor."""
    statement = (
        actors()
        .join(PersonalBlock, PersonalBlock.target_id == Actor.id)
        .where(PersonalBlock.actor_id == person_id, PersonalBlock.number.is_not(None))
        .add_columns(PersonalBlock.number)
    )
    rows = (await tx.select(page.bound(statement, cast("ColumnElement[int]", PersonalBlock.number)))).all()
    return page.ordered([(row[WIDTH], actor) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def blocked_domains(tx: ReadTx, person_id: int, page: Page) -> list[tuple[int, str]]:
    """The servers that a person blocks; the block's id is the cursor."""
    statement = select(DomainBlock.id, DomainBlock.host).where(DomainBlock.actor_id == person_id)
    return page.ordered([(row[0], row[1]) for row in await tx.select(page.bound(statement, DomainBlock.id))])


async def endorsed(tx: ReadTx, person_id: int, viewer: Person, page: Page) -> list[tuple[int, ActorRow]]:
    """Whom a person shows on their profile, as far as the viewer may know of them, with the endorsement as cursor."""
    statement = (
        actors()
        .join(Endorsement, Endorsement.target_id == Actor.id)
        .where(Endorsement.actor_id == person_id, known_to(viewer))
        .add_columns(Endorsement.id)
    )
    rows = (await tx.select(page.bound(statement, Endorsement.id))).all()
    return page.ordered([(row[WIDTH], actor) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def familiar_followers(
    tx: ReadTx, viewer: Person, target_ids: Sequence[int], most: int
) -> dict[int, list[ActorRow]]:
    """By actor: people whom the viewer follows and who follow the actor, the longest first, at most `most` of each.

    Nothing of an actor whose followers the viewer may not list: a community that is not open, and not joined.
    """
    mine, theirs, own, target = aliased(Follow), aliased(Follow), aliased(Follow), aliased(Community)
    may_list = or_(
        not_(some(target, target.actor_id == theirs.target_id, target.visibility != OPEN)),
        some(own, own.follower_id == viewer.actor_id, own.target_id == theirs.target_id, own.is_accepted),
    )
    rank = func.row_number().over(partition_by=theirs.target_id, order_by=theirs.id)
    pairs = (
        select(theirs.target_id.label("target"), theirs.follower_id.label("follower"), rank.label("rank"))
        .join(mine, mine.target_id == theirs.follower_id)
        .where(
            mine.follower_id == viewer.actor_id,
            mine.is_accepted,
            theirs.target_id.in_(target_ids),
            theirs.is_accepted,
            may_list,
        )
        .subquery()
    )
    statement: Any = (
        actors()
        .join(pairs, pairs.c.follower == Actor.id)
        .where(Actor.type == PERSON, pairs.c.rank <= most)
        .order_by(pairs.c.target, pairs.c.rank)
        .add_columns(pairs.c.target)
    )
    found: dict[int, list[ActorRow]] = {}
    rows = (await tx.select(statement)).all() if target_ids else []
    for row, actor in zip(rows, actor_rows(rows), strict=True):
        found.setdefault(row[WIDTH], []).append(actor)
    return found
