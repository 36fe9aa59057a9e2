"""Reading whose digest is due, and what is in one: the same for everybody with the same subscriptions."""

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, bindparam, func, literal_column, select

from models.accounts import Account
from models.actors import Actor, Follow
from models.base import UtcDateTime
from models.communities import Community
from models.conditions import marked
from models.digests import NEVER
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values, visible_to_kind
from models.ids import first_id_at
from models.posts import Post
from models.queries.communities import is_unanswered
from models.queries.tastes import taste_values, wanted_by_kind
from models.statements import lasting, lasting_forms

MOST = 30
"""Of each kind that are looked at, the newest."""


class Due(msgspec.Struct, frozen=True):
    """Somebody and their next digest, in the order of the columns."""

    actor_id: int
    pace: str
    due_at: datetime | None
    """None: it is still to be said when."""
    since: datetime | None


class Item(msgspec.Struct, frozen=True):
    """A question, as far as a letter may need it, in the order of the columns."""

    id: int
    title: str | None
    content_html: str
    spoiler: str
    label: int
    community_name: str
    visibility: str


class Meeting(msgspec.Struct, frozen=True):
    """One time that a ritual takes place in a community that somebody joined."""

    title: str
    at: datetime
    """By the clocks of the reader."""
    community: str
    """Its handle."""
    label: int
    community_name: str
    visibility: str


class Digest(msgspec.Struct, frozen=True):
    """What there is to tell one person: each part of posts the newest first, at most `MOST` of it."""

    questions: list[Item]
    """Of the communities that they joined, which nobody has answered and others have asked."""
    accepted: list[Item]
    """Of these communities, whose answer was accepted since the last digest."""
    own: list[Item]
    """Which they asked and whose answer is not accepted."""
    has_new_question: bool
    meetings: list[Meeting] = []
    """Of these communities, until the day after the next digest, the earliest first."""

    @property
    def is_news(self) -> bool:
        """Something happened since the last digest, or a community meets before the next: questions that stood in the
        last are listed again, and are no news.
        """
        return self.has_new_question or bool(self.accepted) or bool(self.meetings)


_COLUMNS = (Account.actor_id, Account.digest_pace, Account.digest_due_at, Account.digest_since)


DUE = lasting(
    lambda: (
        select(*_COLUMNS)
        .where(Account.digest_due_at <= bindparam("now", type_=UtcDateTime()), Account.suspended_at.is_(None))
        .order_by(Account.digest_due_at)
        .limit(bindparam("most", type_=BigInteger()))
    )
)

# As the index has it: with a parameter in its place it would not be found.
_IS_WANTED = Account.digest_pace != literal_column(f"'{NEVER}'")

UNSCHEDULED = lasting(
    lambda: (
        select(*_COLUMNS)
        .where(Account.digest_due_at.is_(None), _IS_WANTED, Account.suspended_at.is_(None))
        .order_by(Account.actor_id)
        .limit(bindparam("most", type_=BigInteger()))
    )
)


async def due(tx: ReadTx, now: datetime, most: int) -> list[Due]:
    """Whose digest is due, the longest waiting first. Uses ix_accounts_digest_due_at."""
    return [Due(*row) for row in await tx.select(DUE(), {"now": now, "most": most})]


async def unscheduled(tx: ReadTx, most: int) -> list[Due]:
    """Of whom it is still to be said when theirs is due. Uses ix_accounts_digest_unscheduled."""
    return [Due(*row) for row in await tx.select(UNSCHEDULED(), {"most": most})]


async def pace_of(tx: ReadTx, actor_id: int) -> str:
    """How often somebody gets a digest; never, where there is no such account."""
    chosen: str | None = await tx.scalar(select(Account.digest_pace).where(Account.actor_id == actor_id))
    return chosen or NEVER


async def digest(tx: ReadTx, viewer: Person, *, since: datetime, until: datetime) -> Digest:
    """What happened between these moments, and what is open: three statements, whatever somebody is a member of."""
    values = {**viewer_values(viewer), **taste_values(viewer, until), "before_id": first_id_at(until)}
    questions = await _items(tx, open_questions(), values)
    return Digest(
        questions,
        await _items(tx, accepted_answers(), {**values, "since": since, "until": until}),
        await _items(tx, own_questions(), values),
        has_new_question=any(one.id >= first_id_at(since) for one in questions),
    )


async def _items(tx: ReadTx, statement: Columns, values: dict[str, object]) -> list[Item]:
    return [Item(*row) for row in await tx.select(statement, values)]


_VIEWER = bindparam("viewer_id", type_=BigInteger())
_BEFORE = bindparam("before_id", type_=BigInteger())
_NAME = func.coalesce(func.nullif(Actor.display_name, ""), Actor.username)


def _asked() -> Columns:
    """Questions that the viewer may read. Opening posts only are questions, so that wrappers need not be ruled out."""
    return (
        select(Post.id, Post.title, Post.content_html, Post.spoiler, Post.label, _NAME, Community.visibility)
        .join(Community, Community.actor_id == Post.community_id)
        .join(Actor, Actor.id == Post.community_id)
        .where(marked(Post.is_question), visible_to_kind(ViewerKind.PERSON))
        .limit(MOST)
    )


def _subscribed() -> Columns:
    """Those of communities that the viewer joined, by people whom they care to meet."""
    joined = select(Follow.target_id).where(Follow.follower_id == _VIEWER, Follow.is_accepted)
    wanted = wanted_by_kind(ViewerKind.PERSON, Post.author_id, Post.community_id)
    return _asked().where(Post.community_id.in_(joined), *wanted)


@lasting_forms
def open_questions() -> Columns:
    """Which a person could answer."""
    # Uses ix_posts_open_questions.
    is_open = (Post.answer_id.is_(None), Post.is_closed.is_(False), Post.author_id != _VIEWER, is_unanswered())
    return _subscribed().where(*is_open, Post.id < _BEFORE).order_by(Post.id.desc())


@lasting_forms
def accepted_answers() -> Columns:
    """Questions that were answered meanwhile."""
    # Uses ix_posts_accepted_at.
    since, until = bindparam("since", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime())
    when = (Post.answer_id.is_not(None), Post.accepted_at >= since, Post.accepted_at < until)
    return _subscribed().where(*when).order_by(Post.accepted_at.desc(), Post.id.desc())


@lasting_forms
def own_questions() -> Columns:
    """Which a person asked."""
    # Uses ix_posts_own_open_questions.
    is_open = (Post.answer_id.is_(None), Post.author_id == _VIEWER)
    return _asked().where(*is_open, Post.id < _BEFORE).order_by(Post.id.desc())
