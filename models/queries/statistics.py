"""Reading what the figures of a week are made from, and the figures. Nothing of what was written is read here."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import and_, func, or_, select

from models.accounts import Account
from models.actors import PERSON, Actor, Follow
from models.communities import PRIVATE, Community
from models.directory import USER, DirectoryEntry
from models.engine import ReadTx
from models.ids import first_id_at
from models.interactions import Like
from models.measures import Facts, Figure, Grounds, Member, Written
from models.polls import PollVote
from models.posts import Post
from models.queries import pulse, rituals, state
from models.queries.directory import unit_in
from models.statistics import DEFAULT_K, FACT, SETTLED, WeeklyStatistics

_PAGE: Final = 2_000


class WeekRow(msgspec.Struct, frozen=True):
    """The figures of one community and week."""

    community_id: int
    last_day: date
    k: int
    figures: dict[str, Figure]
    grounds: Grounds
    is_hidden: bool


async def threshold(tx: ReadTx) -> int:
    """The smallest group of which anything is said: k."""
    chosen = await state.text(tx, FACT)
    return int(chosen) if chosen else DEFAULT_K


async def is_chosen(tx: ReadTx) -> bool:
    """Somebody has looked at k and saved it."""
    return bool(await state.text(tx, FACT))


async def unmeasured(tx: ReadTx, last_day: date, *, founded_before: datetime) -> list[int]:
    """Communities of ours that have no figures for the weeks that end with this day."""
    measured = select(WeeklyStatistics.community_id).where(WeeklyStatistics.last_day == last_day)
    statement = (
        select(Community.actor_id)
        .join(Actor, Actor.id == Community.actor_id)
        .where(Community.is_local, Actor.deleted_at.is_(None), Community.created_at < founded_before)
        .where(Community.actor_id.not_in(measured))
        .order_by(Community.actor_id)
    )
    return [row[0] for row in await tx.select(statement)]


async def week(tx: ReadTx, last_day: date) -> list[WeekRow]:
    """Every community's figures for the weeks that end with this day."""
    statement = select(*_COLUMNS).where(WeeklyStatistics.last_day == last_day)
    return [_row(row) for row in await tx.select(statement.order_by(WeeklyStatistics.community_id))]


async def weeks_of(tx: ReadTx, community_id: int, most: int, until: date = date.max) -> list[WeekRow]:
    """The last figures of one community up to a Sunday, the newest first. Uses the primary key."""
    statement = select(*_COLUMNS).where(
        WeeklyStatistics.community_id == community_id, WeeklyStatistics.last_day <= until
    )
    rows = await tx.select(statement.order_by(WeeklyStatistics.last_day.desc()).limit(most))
    return [_row(row) for row in rows]


async def weeks_of_private(tx: ReadTx, after: date, until: date) -> list[WeekRow]:
    """The figures of every private community of ours for the Sundays behind the first day and up to the second."""
    statement = (
        select(*_COLUMNS)
        .join(Community, Community.actor_id == WeeklyStatistics.community_id)
        .join(Actor, Actor.id == Community.actor_id)
        .where(Community.is_local, Community.visibility == PRIVATE, Actor.deleted_at.is_(None))
        .where(WeeklyStatistics.last_day > after, WeeklyStatistics.last_day <= until)
    )
    return [_row(row) for row in await tx.select(statement)]


async def is_for_members(tx: ReadTx, community_id: int) -> bool:
    """A host agreed that members see the figures of this community."""
    return bool(await tx.scalar(select(Community.shows_health).where(Community.actor_id == community_id)))


async def settled(tx: ReadTx) -> date | None:
    """The last Sunday for which every community was measured."""
    day = await state.text(tx, SETTLED)
    return date.fromisoformat(day) if day else None


_COLUMNS = (
    WeeklyStatistics.community_id,
    WeeklyStatistics.last_day,
    WeeklyStatistics.k,
    WeeklyStatistics.figures,
    WeeklyStatistics.grounds,
    WeeklyStatistics.is_hidden,
)


def _row(row: Sequence[Any]) -> WeekRow:
    community_id, last_day, k, figures, grounds, is_hidden = row
    return WeekRow(
        community_id,
        last_day,
        k,
        msgspec.convert(figures, dict[str, Figure]),
        msgspec.convert(grounds, Grounds),
        is_hidden,
    )


async def facts(tx: ReadTx, community_id: int, *, since: datetime, until: datetime, month: date) -> Facts:
    """What happened in a community between these moments: members, who wrote when, who reacted or voted when.

    And how many gave which mark in this month.

    The only reader of it is the sum of the week, which keeps none of it.
    """
    return Facts(
        await _members(tx, community_id, until),
        [post async for post in _posts(tx, community_id, since, until)],
        [*await _likes(tx, community_id, since, until), *await _votes(tx, community_id, since, until)],
        await rituals.of_community(tx, community_id),
        await pulse.marks(tx, community_id, month),
    )


async def _members(tx: ReadTx, community_id: int, until: datetime) -> dict[int, Member]:
    """People who have joined; not those whose account is closed, and no programs."""
    joined = func.coalesce(Follow.accepted_at, Follow.requested_at)
    statement = (
        select(Actor.id, Actor.peer_id, joined, DirectoryEntry.document)
        .join(Follow, Follow.follower_id == Actor.id)
        .outerjoin(Account, Account.actor_id == Actor.id)
        .outerjoin(DirectoryEntry, and_(DirectoryEntry.actor_id == Actor.id, DirectoryEntry.kind == USER))
        .where(Follow.target_id == community_id, Follow.is_accepted, joined < until)
        .where(Actor.type == PERSON, Actor.is_bot.is_(False))
        .where(Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
        .where(Account.suspended_at.is_(None), or_(Account.actor_id.is_not(None), Actor.peer_id.is_not(None)))
    )
    return {row[0]: Member(row[1], _unit(row[3]), row[2]) for row in await tx.select(statement)}


def _unit(document: dict[str, object] | None) -> str | None:
    unit = unit_in(document)
    return unit.casefold() if unit else None


async def _posts(tx: ReadTx, community_id: int, since: datetime, until: datetime) -> AsyncIterator[Written]:
    """A page at a time, by ix_posts_community; a post of a partner has the id of when it was received, or written."""
    last = first_id_at(since)
    while True:
        statement = (
            select(
                Post.id,
                Post.author_id,
                Post.peer_id,
                Post.parent_id,
                Post.thread_id,
                Post.published_at,
                Post.parent_uri.is_(None),
                Post.is_question,
                Post.answer_id.is_not(None),
                Post.accepted_at,
            )
            .where(Post.community_id == community_id, Post.id > last, Post.shared_post_id.is_(None))
            .where(Post.deleted_at.is_(None), Post.published_at >= since, Post.published_at < until)
            .order_by(Post.id)
            .limit(_PAGE)
        )
        page = [Written(*row) for row in await tx.select(statement)]
        for post in page:
            yield post
        if len(page) < _PAGE:
            return
        last = page[-1].id


async def _likes(tx: ReadTx, community_id: int, since: datetime, until: datetime) -> list[tuple[int, datetime]]:
    statement = (
        select(Like.actor_id, Like.created_at)
        .join(Post, Post.id == Like.post_id)
        .where(Post.community_id == community_id, Post.deleted_at.is_(None))
        .where(Like.id > first_id_at(since), Like.created_at >= since, Like.created_at < until)
    )
    return [(row[0], row[1]) for row in await tx.select(statement)]


async def _votes(tx: ReadTx, community_id: int, since: datetime, until: datetime) -> list[tuple[int, datetime]]:
    statement = (
        select(PollVote.actor_id, PollVote.created_at)
        .join(Post, Post.id == PollVote.post_id)
        .where(Post.community_id == community_id, Post.deleted_at.is_(None))
        .where(PollVote.created_at >= since, PollVote.created_at < until)
    )
    return [(row[0], row[1]) for row in await tx.select(statement)]
