"""Questions that nobody answered, and members who could be asked about them (product J5)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, literal, or_, select

from models.accounts import Account
from models.actors import Actor, Follow
from models.base import UtcDateTime, aliased
from models.communities import Community
from models.conditions import marked, some
from models.engine import Columns, ReadTx, WriteTx
from models.gate import Operation, visible_to, visible_to_each
from models.helping import LOOKED_FOR, MOST_A_WEEK, MOST_PEOPLE, HelpRequest
from models.ids import first_id_at
from models.moderation import Ban
from models.posts import Post
from models.queries.communities import is_unanswered
from models.queries.tastes import cared_for_by, wanted_by
from models.tags import FeaturedTag

_WEEK = timedelta(days=7)


class Waiting(msgspec.Struct, frozen=True):
    """A question without any answer, in the order of the columns."""

    id: int
    community_id: int
    author_id: int
    title: str | None
    tags: list[str]
    label: int
    published_at: datetime
    community_acct: str
    visibility: str
    asked: int
    """Members who were asked."""


def _waiting(at: datetime) -> Columns:
    asked = select(func.count()).where(HelpRequest.question_id == Post.id).scalar_subquery()
    return (
        select(
            Post.id,
            Post.community_id,
            Post.author_id,
            Post.title,
            Post.tags,
            Post.label,
            Post.published_at,
            Actor.username + "@" + Actor.host,
            Community.visibility,
            asked,
        )
        .join(Community, Community.actor_id == Post.community_id)
        .join(Actor, Actor.id == Post.community_id)
        .where(marked(Post.is_question), Post.answer_id.is_(None), is_unanswered(), Community.is_local)
        .where(visible_to(Operation()), Post.is_confirmed, Post.is_closed.is_(False))
        .where(Post.id >= first_id_at(at - LOOKED_FOR), asked < MOST_PEOPLE)
    )


async def waiting(tx: ReadTx, at: datetime, *, before: datetime, after: int, most: int) -> list[Waiting]:
    """The oldest questions in communities of ours about which somebody can still be asked, a page at a time.

    Uses ix_posts_open_questions: open questions are few among all posts.
    """
    statement = _waiting(at).where(Post.published_at <= before, Post.id > after).order_by(Post.id).limit(most)
    return [Waiting(*row) for row in await tx.select(statement)]


async def held(tx: WriteTx, question_id: int, at: datetime) -> Waiting | None:
    """The same question as it is now, and for nobody else until the end of the transaction."""
    await tx.select(select(Post.id).where(Post.id == question_id).with_for_update())
    row = (await tx.select(_waiting(at).where(Post.id == question_id))).first()
    return Waiting(*row) if row else None


async def helpers(
    tx: ReadTx, question: Waiting, topics: Collection[str], at: datetime, most: int
) -> list[tuple[int, str]]:
    """Members who declared one of the topics, with one that they did; who was asked the longest ago comes first.

    Who may read the question the gate decides. Not its author, nobody who mutes or blocks the author, the community or
    the thread, who may not take part, or who was asked so often this week.
    """
    person, now = Follow.follower_id, literal(at, UtcDateTime())
    last = _of_person(func.max(HelpRequest.asked_at), person)
    this_week = _of_person(func.count(), person, HelpRequest.asked_at > at - _WEEK)
    declared = (
        select(func.min(FeaturedTag.name))
        .where(FeaturedTag.actor_id == person, FeaturedTag.name.in_(topics))
        .correlate_except(FeaturedTag)
        .scalar_subquery()
    )
    statement = (
        select(person, declared)
        .select_from(Follow)
        .join(Post, Post.id == question.id)
        .join(Account, Account.actor_id == person)
        .where(Follow.target_id == question.community_id, Follow.is_accepted, Account.suspended_at.is_(None))
        .where(person != question.author_id, declared.is_not(None), visible_to_each(person))
        .where(wanted_by(person, now, Post.author_id), cared_for_by(person, now, Post.community_id, Post.id))
        .where(~_was_asked(question.id, person), ~_is_barred(question.community_id, person, at))
        .where(this_week < MOST_A_WEEK)
        .order_by(case((last.is_(None), 0), else_=1), last, person)
        .limit(most)
    )
    return [(row[0], row[1]) for row in await tx.select(statement)]


def _of_person(
    value: ColumnElement[Any], person: ColumnElement[int], *conditions: ColumnElement[bool]
) -> ScalarSelect[Any]:
    """Of what somebody was asked. Uses ix_help_requests_actor."""
    asked = select(value).select_from(HelpRequest).where(HelpRequest.actor_id == person, *conditions)
    return asked.correlate_except(HelpRequest).scalar_subquery()


def _was_asked(question_id: int, person: ColumnElement[int]) -> ColumnElement[bool]:
    own = aliased(HelpRequest)
    return some(own, own.question_id == question_id, own.actor_id == person)


def _is_barred(community_id: int, person: ColumnElement[int], at: datetime) -> ColumnElement[bool]:
    barred = aliased(Actor, name="barred")
    lasts = or_(Ban.ends_at.is_(None), Ban.ends_at > at)
    return some(
        barred,
        barred.id == person,
        some(Ban, and_(Ban.community_id == community_id, Ban.actor_uri == barred.uri, lasts)),
    )


class Asked(msgspec.Struct, frozen=True):
    """What somebody was asked about, in the order of the columns."""

    question: int
    at: datetime


async def asked_of(tx: ReadTx, person_id: int) -> list[Asked]:
    """All about which somebody was asked. Uses ix_help_requests_actor."""
    statement = select(HelpRequest.question_id, HelpRequest.asked_at).where(HelpRequest.actor_id == person_id)
    return [Asked(*row) for row in await tx.select(statement.order_by(HelpRequest.asked_at))]
