"""Reading what is kept of discreet questions. Nothing here shows what was written; that goes through the gate."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, select

from models.accounts import Account
from models.actors import Follow
from models.base import aliased
from models.communities import Community
from models.discreet import DiscreetDraft, DiscreetQuestion
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values, visible_to_kind
from models.notifications import Notification
from models.posts import Post
from models.queries.notifications import COLUMNS, NotificationRow
from models.queries.paging import Page, Window
from models.queries.tastes import cared_for_by_viewer, taste_values
from models.statements import lasting_forms

MOST_SHOWN = 200
"""Questions, and drafts, of one person that are shown to them."""


class Place(msgspec.Struct, frozen=True):
    """Whether one may ask discreetly in a community."""

    is_allowed: bool
    people: int
    """Of this firm, who are members: whoever asks is one of so many."""


async def place(tx: ReadTx, community_id: int) -> Place:
    """As it is now. Partners' people do not count: of whoever asks, the firm is known."""
    people = (
        select(func.count())
        .select_from(Follow)
        .join(Account, Account.actor_id == Follow.follower_id)
        .where(Follow.target_id == Community.actor_id, Follow.is_accepted, Account.suspended_at.is_(None))
        .scalar_subquery()
    )
    statement = select(Community.allows_discreet, people).where(Community.actor_id == community_id, Community.is_local)
    row = (await tx.select(statement)).first()
    return Place(bool(row[0]), row[1]) if row else Place(False, 0)


class Asked(msgspec.Struct, frozen=True):
    """A discreet question, for the server's own use."""

    thread_id: int
    community_id: int
    author: bytes | None
    key: bytes | None
    asked_at: datetime
    stopped_until: datetime | None
    opened_at: datetime | None
    opened_why: str | None
    is_told: bool


_QUESTION = (
    DiscreetQuestion.thread_id,
    DiscreetQuestion.community_id,
    DiscreetQuestion.author,
    DiscreetQuestion.key,
    DiscreetQuestion.asked_at,
    DiscreetQuestion.stopped_until,
    DiscreetQuestion.opened_at,
    DiscreetQuestion.opened_why,
    DiscreetQuestion.is_told,
)


async def of_thread(tx: ReadTx, thread_id: int) -> Asked | None:
    """The discreet question that opened a thread."""
    row = (await tx.select(select(*_QUESTION).where(DiscreetQuestion.thread_id == thread_id))).first()
    return Asked(*row) if row else None


async def of_marks(tx: ReadTx, marks: Sequence[bytes]) -> list[Asked]:
    """What one person asked, the newest first. Uses ix_discreet_questions_mark."""
    statement = select(*_QUESTION).where(DiscreetQuestion.mark.in_(marks))
    rows = await tx.select(statement.order_by(DiscreetQuestion.thread_id.desc()).limit(MOST_SHOWN))
    return [Asked(*row) for row in rows]


async def is_by(tx: ReadTx, thread_id: int, marks: Sequence[bytes]) -> bool:
    """One of the marks is that of whoever asked this."""
    mine = (DiscreetQuestion.thread_id == thread_id, DiscreetQuestion.mark.in_(marks))
    return await tx.scalar(select(DiscreetQuestion.thread_id).where(*mine)) is not None


async def count_since(tx: ReadTx, marks: Sequence[bytes], since: datetime) -> int:
    """How much one person has asked since then, with what waits to be published."""
    asked = select(func.count()).where(DiscreetQuestion.mark.in_(marks), DiscreetQuestion.asked_at > since)
    waiting = select(func.count()).where(
        DiscreetDraft.mark.in_(marks), DiscreetDraft.is_question, DiscreetDraft.due_at.is_not(None)
    )
    return int(await tx.scalar(asked) or 0) + int(await tx.scalar(waiting) or 0)


async def stopped_until(tx: ReadTx, community_id: int, marks: Sequence[bytes], now: datetime) -> datetime | None:
    """Until when a host has stopped one person from asking discreetly in a community."""
    found: datetime | None = await tx.scalar(
        select(func.max(DiscreetQuestion.stopped_until)).where(
            DiscreetQuestion.mark.in_(marks),
            DiscreetQuestion.community_id == community_id,
            DiscreetQuestion.stopped_until > now,
        )
    )
    return found


class Draft(msgspec.Struct, frozen=True):
    """What waits to be said discreetly."""

    id: int
    sealed: bytes
    is_question: bool
    due_at: datetime | None
    expires_at: datetime
    refused: str | None


_DRAFT = (
    DiscreetDraft.id,
    DiscreetDraft.sealed,
    DiscreetDraft.is_question,
    DiscreetDraft.due_at,
    DiscreetDraft.expires_at,
    DiscreetDraft.refused,
)


async def drafts(tx: ReadTx, marks: Sequence[bytes], now: datetime) -> list[Draft]:
    """What waits of one person, and what was refused lately, the newest first. Uses ix_discreet_drafts_mark."""
    mine = select(*_DRAFT).where(DiscreetDraft.mark.in_(marks), DiscreetDraft.expires_at > now)
    return [Draft(*row) for row in await tx.select(mine.order_by(DiscreetDraft.id.desc()).limit(MOST_SHOWN))]


async def due(tx: ReadTx, now: datetime, most: int) -> list[Draft]:
    """What is to be published now, as far as it has come."""
    statement = select(*_DRAFT).where(DiscreetDraft.due_at <= now).order_by(DiscreetDraft.due_at).limit(most)
    return [Draft(*row) for row in await tx.select(statement)]


# --- what whoever asked hears of ---

_Answer = aliased(Post, name="discreet_answered")


@lasting_forms
def _answers(window: Window) -> Columns:
    """Answers in one person's discreet threads to what they said there. Each is stored as told to the community, so
    that no row tells whom it concerns.
    """
    viewer_id = bindparam("viewer_id", type_=Notification.actor_id.type)
    statement = (
        select(*COLUMNS)
        .join(Post, Post.id == Notification.post_id)
        .join(DiscreetQuestion, DiscreetQuestion.thread_id == Post.thread_id)
        .where(
            DiscreetQuestion.mark.in_(bindparam("marks", expanding=True)),
            Notification.recipient_id == DiscreetQuestion.community_id,
            Notification.actor_id != viewer_id,
            visible_to_kind(ViewerKind.PERSON),
            cared_for_by_viewer(Notification.actor_id, Notification.post_id),
        )
    )
    return window.of(statement, Notification.id)


async def answers(
    tx: ReadTx, viewer: Person, marks: Sequence[bytes], page: Page, at: datetime
) -> list[NotificationRow]:
    """Of what was answered to one person's discreet questions, a page, the newest first."""
    values = {**page.values, **viewer_values(viewer), **taste_values(viewer, at), "marks": list(marks)}
    return page.ordered([NotificationRow(*row) for row in await tx.select(_answers(page.window), values)])
