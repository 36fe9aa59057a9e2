"""Reading what people ask about their own data: states and dates, nothing of the data (product J12)."""

from datetime import datetime

import msgspec
from sqlalchemy import func, or_, select

from models.actors import Actor
from models.base import aliased
from models.conditions import some
from models.engine import ReadTx
from models.holding import is_held
from models.moderation import Removal
from models.posts import Post
from models.requests import WAITING, DataRequest
from models.retention import OF_POST, KeptCopy
from models.statements import lasting

MOST_SHOWN = 100


class RequestRow(msgspec.Struct, frozen=True):
    """One request, in the order of the columns."""

    id: int
    person_id: int
    person: str
    kind: str
    scope: str
    state: str
    by_id: int | None
    asked_at: datetime
    due_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    expires_at: datetime | None
    note: str
    held: int


_Decider = aliased(Actor)
_ROWS = lasting(
    lambda: (
        select(
            DataRequest.id,
            DataRequest.person_id,
            Actor.username,
            DataRequest.kind,
            DataRequest.scope,
            DataRequest.state,
            DataRequest.by_id,
            DataRequest.asked_at,
            DataRequest.due_at,
            DataRequest.decided_at,
            _Decider.username,
            DataRequest.expires_at,
            DataRequest.note,
            DataRequest.held,
        )
        .join(Actor, Actor.id == DataRequest.person_id)
        .outerjoin(_Decider, _Decider.id == DataRequest.decided_by_id)
    )
)


async def one(tx: ReadTx, request_id: int) -> RequestRow | None:
    """One of them."""
    row = (await tx.select(_ROWS().where(DataRequest.id == request_id))).first()
    return RequestRow(*row) if row else None


async def waiting(tx: ReadTx) -> list[RequestRow]:
    """Those that nobody has answered, the most urgent first."""
    statement = _ROWS().where(DataRequest.state == WAITING).order_by(DataRequest.due_at, DataRequest.id)
    return [RequestRow(*row) for row in await tx.select(statement.limit(MOST_SHOWN))]


async def answered(tx: ReadTx) -> list[RequestRow]:
    """Those that were, the newest first."""
    statement = _ROWS().where(DataRequest.state != WAITING).order_by(DataRequest.id.desc())
    return [RequestRow(*row) for row in await tx.select(statement.limit(MOST_SHOWN))]


async def of_person(tx: ReadTx, person_id: int) -> list[RequestRow]:
    """What was asked for somebody, the newest first."""
    statement = _ROWS().where(DataRequest.person_id == person_id).order_by(DataRequest.id.desc())
    return [RequestRow(*row) for row in await tx.select(statement.limit(MOST_SHOWN))]


async def held_posts_of(tx: ReadTx, person_id: int) -> int:
    """How many posts of somebody an open case keeps back from an erasure: those that are there, those that hosts took
    out, and the sealed copies of those that are gone already.
    """
    there = or_(Post.deleted_at.is_(None), some(Removal, Removal.post_id == Post.id))
    held = is_held(Post.author_id, Post.community_id, Post.published_at)
    posts = select(func.count()).where(Post.author_id == person_id, there, Post.shared_post_id.is_(None), held)
    sealed = is_held(KeptCopy.author_id, KeptCopy.community_id, KeptCopy.published_at)
    copies = select(func.count()).where(KeptCopy.author_id == person_id, KeptCopy.kind == OF_POST, sealed)
    return int(await tx.scalar(posts) or 0) + int(await tx.scalar(copies) or 0)
