"""Reading what was called back: what is due, how it stands with a partner, who has the answers."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from models.actors import Actor
from models.base import aliased
from models.communities import Community
from models.conditions import some
from models.engine import Columns, ReadTx, WriteTx
from models.outbox import Delivery
from models.peers import ACTIVE, SUSPENDED, Peer
from models.posts import Post
from models.retention import OF_PERSON, OF_POST, KeptCopy
from models.retractions import (
    COMMUNITY,
    CONTRADICTED,
    DONE,
    EVERYTHING,
    FAILED,
    HELD,
    NO_RECEIPT,
    OPEN,
    OWED,
    PERSON,
    POST,
    HeardRetraction,
    Receipt,
    Retraction,
)
from models.sharing import has_member, shared_with_peer

SETTLED = (DONE, NO_RECEIPT)
"""States of which nothing is left to say."""

_Community, _Person = aliased(Actor), aliased(Actor)


class RetractionRow(msgspec.Struct, frozen=True):
    """One request of ours, in the order of the columns."""

    id: int
    peer_id: int
    scope: str
    object_uri: str
    post_id: int | None
    community_id: int | None
    reason: str
    state: str
    hours: int
    requested_at: datetime
    due_at: datetime | None
    tries: int
    escalated_at: datetime | None
    answered_at: datetime | None
    checked_at: datetime | None
    removed: int | None
    detail: str
    receipt_id: int | None
    held_at: datetime | None
    held_receipt_id: int | None
    author_uri: str | None
    """Of a post."""
    community_uri: str | None
    person_name: str | None
    """What a person whose identity was erased is called since."""

    @property
    def is_open(self) -> bool:
        """The partner still has to do something."""
        return self.state in OPEN


_NAMES = RetractionRow.__struct_fields__[:-3]


def _rows() -> Columns:
    return (
        select(*(getattr(Retraction, name) for name in _NAMES), Actor.uri, _Community.uri, _Person.username)
        .outerjoin(Post, Post.id == Retraction.post_id)
        .outerjoin(Actor, Actor.id == Post.author_id)
        .outerjoin(_Community, _Community.id == Retraction.community_id)
        .outerjoin(_Person, and_(Retraction.scope == PERSON, _Person.uri == Retraction.object_uri))
    )


async def due_peer(tx: ReadTx, now: datetime) -> str | None:
    """A partner that something has to be written to, or asked. Uses ix_retractions_due."""
    statement = (
        select(Peer.host)
        .join(Retraction, Retraction.peer_id == Peer.id)
        .where(Retraction.next_at <= now)
        .order_by(Retraction.next_at)
        .limit(1)
    )
    host: str | None = await tx.scalar(statement)
    return host


async def due(tx: WriteTx, peer_id: int, now: datetime, most: int) -> list[RetractionRow]:
    """What is due of one partner, oldest first."""
    statement = _rows().where(Retraction.peer_id == peer_id, Retraction.next_at <= now)
    return [RetractionRow(*row) for row in await tx.select(statement.order_by(Retraction.id).limit(most))]


async def of_peer(tx: ReadTx, peer_id: int, *, only_open: bool, most: int) -> list[RetractionRow]:
    """The newest requests to one partner."""
    statement = _rows().where(Retraction.peer_id == peer_id)
    if only_open:
        statement = statement.where(Retraction.state.in_(OPEN))
    return [RetractionRow(*row) for row in await tx.select(statement.order_by(Retraction.id.desc()).limit(most))]


async def of_ids(tx: ReadTx, peer_id: int, ids: Sequence[int]) -> dict[int, RetractionRow]:
    """These requests, as far as they are to this partner."""
    statement = _rows().where(Retraction.peer_id == peer_id, Retraction.id.in_(ids))
    return {row[0]: RetractionRow(*row) for row in await tx.select(statement)}


async def posts_of(tx: ReadTx, row: RetractionRow, most: int) -> list[tuple[str, int]]:
    """Ids of the posts that a request is about, with who can say that they are gone: their author, if ours, else the
    community. The newest.
    """
    which = Post.id == row.post_id if row.post_id is not None else Post.community_id == row.community_id
    statement = (
        select(Post.uri, case((Post.peer_id.is_(None), Post.author_id), else_=Post.community_id))
        .where(which, Post.shared_post_id.is_(None))
        .order_by(Post.id.desc())
        .limit(most)
    )
    there = [(found[0], found[1]) for found in await tx.select(statement) if found[1] is not None]
    if not there and row.post_id is not None and row.community_id is not None:
        # Of what was called back with a whole community nothing is kept, not even its tombstone.
        return [(row.object_uri, row.community_id)]
    return there


async def is_shared_again(tx: ReadTx, row: RetractionRow) -> bool:
    """Whether the partner may have of a community, or of everything, what came after the request: its people are
    members again, or an exchange began anew. What is there then does not contradict the receipt.
    """
    if row.scope == COMMUNITY:
        again = (has_member(Community, row.peer_id), shared_with_peer(Community, row.peer_id, literal(0)))
        statement = select(Community.actor_id).where(Community.actor_id == row.community_id, *again)
    elif row.scope == EVERYTHING:
        statement = select(Peer.id).where(Peer.id == row.peer_id, Peer.state.in_((ACTIVE, SUSPENDED)))
    else:
        return False
    return await tx.scalar(statement) is not None


async def owes_letters(tx: ReadTx, peer_id: int) -> bool:
    """Something about the exchange itself is on its way to the partner."""
    statement = select(Delivery.id).where(Delivery.peer_id == peer_id, Delivery.is_formal).limit(1)
    return await tx.scalar(statement) is not None


class Counters(msgspec.Struct, frozen=True):
    """How it stands with what one partner was asked to delete."""

    pending: int
    overdue: int
    done: int
    held: int
    failed: int
    contradicted: int
    no_receipt: int
    removed: int
    """Posts that receipts speak of."""


async def counters(tx: ReadTx, peer_id: int, now: datetime) -> Counters:
    """Counts of one partner's requests."""

    def count(*conditions: object) -> object:
        return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)  # type: ignore[arg-type]

    is_late = and_(Retraction.state.in_(OPEN), Retraction.due_at <= now)
    statement = select(
        count(Retraction.state == OWED),
        count(is_late),
        count(Retraction.state == DONE),
        count(Retraction.state == HELD),
        count(Retraction.state == FAILED),
        count(Retraction.state == CONTRADICTED),
        count(Retraction.state == NO_RECEIPT),
        func.coalesce(func.sum(Retraction.removed), 0),
    ).where(Retraction.peer_id == peer_id)  # type: ignore[call-overload]
    return Counters(*(int(value) for value in (await tx.select(statement)).one()))


async def overdue_hosts(tx: ReadTx, now: datetime) -> list[tuple[str, int]]:
    """Partners that have not confirmed in time, with how many requests."""
    statement = (
        select(Peer.host, func.count())
        .join(Retraction, Retraction.peer_id == Peer.id)
        .where(Retraction.state.in_(OPEN), Retraction.due_at <= now)
        .group_by(Peer.host)
        .order_by(Peer.host)
    )
    return [(row[0], int(row[1])) for row in await tx.select(statement)]


async def receipt(tx: ReadTx, receipt_id: int) -> bytes | None:
    """A letter of confirmation, as it was signed."""
    document: bytes | None = await tx.scalar(select(Receipt.document).where(Receipt.id == receipt_id))
    return document


# --- what partners ask of us ---


class HeardRow(msgspec.Struct, frozen=True):
    """What was answered to a request, in the order of the columns."""

    request_uri: str
    object_uri: str
    outcome: str
    removed: int
    detail: str
    at: datetime


_HEARD = tuple(getattr(HeardRetraction, name) for name in HeardRow.__struct_fields__)


async def heard(tx: ReadTx, peer_id: int, request_uris: Sequence[str]) -> dict[str, HeardRow]:
    """What was answered to requests of a partner before."""
    statement = select(*_HEARD).where(HeardRetraction.peer_id == peer_id, HeardRetraction.request_uri.in_(request_uris))
    return {row[0]: HeardRow(*row) for row in await tx.select(statement)}


def _let_go() -> ColumnElement[bool]:
    """Answered with "held", and no sealed copy is left of it. Uses ix_heard_retractions_held, ix_kept_copies_uri."""
    author, place = aliased(Actor), aliased(Actor)
    # What was sealed later is of something that came later: a community that was shared again.
    copied = (KeptCopy.kind == OF_POST, KeptCopy.removed_at <= HeardRetraction.at)
    from_there = (KeptCopy.author_id == author.id, author.peer_id.is_not(None))
    of_post = some(KeptCopy, *copied, KeptCopy.uri == HeardRetraction.object_uri)
    shown = some(
        place,
        KeptCopy.community_id == place.id,
        place.peer_id == HeardRetraction.peer_id,
        or_(HeardRetraction.scope == EVERYTHING, place.uri == HeardRetraction.object_uri),
    )
    written = and_(
        HeardRetraction.scope == EVERYTHING, some(author, *from_there, author.peer_id == HeardRetraction.peer_id)
    )
    of_many = some(KeptCopy, *copied, some(author, *from_there), or_(shown, written))
    of_person = some(KeptCopy, KeptCopy.kind == OF_PERSON, KeptCopy.uri == HeardRetraction.object_uri)
    kept = case((HeardRetraction.scope == POST, of_post), (HeardRetraction.scope == PERSON, of_person), else_=of_many)
    return and_(HeardRetraction.outcome == HELD, ~kept)


async def let_go_peer(tx: ReadTx) -> str | None:
    """A partner that heard "held" of something that is not held any more."""
    statement = select(Peer.host).join(HeardRetraction, HeardRetraction.peer_id == Peer.id).where(_let_go()).limit(1)
    host: str | None = await tx.scalar(statement)
    return host


async def let_go(tx: WriteTx, peer_id: int, most: int) -> list[HeardRow]:
    """What one partner has not heard the end of, oldest first."""
    statement = select(*_HEARD).where(HeardRetraction.peer_id == peer_id, _let_go())
    return [HeardRow(*row) for row in await tx.select(statement.order_by(HeardRetraction.at).limit(most))]
