"""Reading what is kept of discreet questions. Nothing here shows what was written; that goes through the gate."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, or_, select

from models.accounts import Account
from models.actors import Actor, Follow
from models.communities import GUEST_ROLE, Community
from models.discreet import DiscreetDraft, DiscreetQuestion, marks_of
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values, visible_to_kind
from models.notifications import MENTION, Notification
from models.posts import Post
from models.queries.notifications import COLUMNS, NotificationRow
from models.queries.paging import Page, Window
from models.queries.tastes import cared_for_by_viewer, taste_values
from models.statements import lasting, lasting_forms
from models.vault import Vault

MOST_SHOWN = 200
"""Questions, and drafts, of one person that are shown to them."""
MOST_IN_ARCHIVE = 10_000
"""Posts: with three questions a week and a key that is kept for a year there are some hundred threads."""


class Place(msgspec.Struct, frozen=True):
    """Whether one may ask discreetly in a community."""

    is_allowed: bool
    people: int
    """Of this firm, who are members: whoever asks is one of so many."""


async def place(tx: ReadTx, community_id: int) -> Place:
    """As it is now. Partners' people do not count, of whoever asks the firm is known; nor do guests, who cannot ask."""
    people = (
        select(func.count())
        .select_from(Follow)
        .join(Account, Account.actor_id == Follow.follower_id)
        .where(Follow.target_id == Community.actor_id, Follow.is_accepted, Follow.role != GUEST_ROLE)
        .where(Account.suspended_at.is_(None))
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

_VIEWER = bindparam("viewer_id", type_=Notification.actor_id.type)
_FROM = bindparam("from_actor", type_=Notification.actor_id.type)


def _heard() -> Columns:
    """What others said to a question's author in its thread, and as far as they may read it. Each is stored as told to
    the community, so that no row tells whom it concerns.
    """
    return (
        select(*COLUMNS)
        .join(Post, Post.id == Notification.post_id)
        .join(DiscreetQuestion, DiscreetQuestion.thread_id == Post.thread_id)
        .where(
            Notification.recipient_id == DiscreetQuestion.community_id,
            Notification.actor_id != _VIEWER,
            visible_to_kind(ViewerKind.PERSON),
            cared_for_by_viewer(Notification.actor_id, Notification.post_id),
        )
    )


@lasting_forms
def _answers(window: Window) -> Columns:
    statement = _heard().where(
        DiscreetQuestion.mark.in_(bindparam("marks", expanding=True)),
        Notification.type.in_(bindparam("types", expanding=True)),
        or_(_FROM.is_(None), Notification.actor_id == _FROM),
    )
    return window.of(statement, Notification.id)


async def answers(
    tx: ReadTx,
    viewer: Person,
    marks: Sequence[bytes],
    page: Page,
    at: datetime,
    *,
    types: Sequence[str],
    from_actor: int | None,
) -> list[NotificationRow]:
    """Of what one person is told of their discreet questions, of these types, a page, the newest first."""
    values = {
        **page.values,
        **viewer_values(viewer),
        **taste_values(viewer, at),
        "marks": list(marks),
        "types": list(types),
        "from_actor": from_actor,
    }
    return page.ordered([NotificationRow(*row) for row in await tx.select(_answers(page.window), values)])


async def asked_around(tx: ReadTx, post_ids: Collection[int]) -> list[Asked]:
    """The discreet questions in whose threads these posts stand, as far as it can be found out who asked."""
    if not post_ids:
        return []
    statement = select(*_QUESTION).where(
        DiscreetQuestion.key.is_not(None),
        DiscreetQuestion.thread_id.in_(select(Post.thread_id).where(Post.id.in_(post_ids))),
    )
    return [Asked(*row) for row in await tx.select(statement)]


@lasting
def _said_now() -> Columns:
    return (
        _heard()
        .where(
            DiscreetQuestion.thread_id == bindparam("thread_id", type_=Post.id.type),
            Notification.post_id.in_(bindparam("posts", expanding=True)),
            Notification.type == MENTION,
        )
        .order_by(Notification.id)
    )


async def said_now(
    tx: ReadTx, viewer: Person, thread_id: int, post_ids: Collection[int], at: datetime
) -> list[NotificationRow]:
    """Which of these posts answer the viewer, who asked the thread discreetly: for their open streams."""
    values = {**viewer_values(viewer), **taste_values(viewer, at), "thread_id": thread_id, "posts": list(post_ids)}
    return [NotificationRow(*row) for row in await tx.select(_said_now(), values)]


# --- what they have of it for themselves ---


class OwnWords(msgspec.Struct, frozen=True):
    """Something that was said discreetly, in the order of the columns."""

    thread_id: int
    community: str
    title: str | None
    content_html: str
    at: datetime


async def own_words(tx: ReadTx, viewer: Person, vault: Vault, now: datetime) -> list[OwnWords]:
    """What one person said discreetly and has not deleted, the oldest first; their own words they read whatever they
    are a member of now. In a discreet thread nobody but who asked speaks in the community's name (T242).
    """
    statement = (
        select(Post.thread_id, Actor.username, Post.title, Post.content_html, Post.published_at)
        .join(DiscreetQuestion, DiscreetQuestion.thread_id == Post.thread_id)
        .join(Actor, Actor.id == DiscreetQuestion.community_id)
        .where(
            DiscreetQuestion.mark.in_(marks_of(vault, viewer.actor_id, now)),
            Post.author_id == DiscreetQuestion.community_id,
            Post.shared_post_id.is_(None),
            Post.deleted_at.is_(None),
        )
        .order_by(Post.id)
        .limit(MOST_IN_ARCHIVE)
    )
    return [OwnWords(*row) for row in await tx.select(statement)]
