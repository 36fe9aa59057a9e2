"""Calling back what partners have of ours: a row for each partner that is to delete something, in the transaction of
the act itself, and nothing of it left in the queue. What is written to whom, `federation/calling_back.py` does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Insert,
    String,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.elements import SQLCoreOperations

from models.actors import Actor, Follow
from models.agreements import IN_FORCE, Agreement
from models.base import UtcDateTime
from models.communities import Community
from models.conditions import another, came_at, some
from models.dialect import upsert
from models.engine import Columns, WriteTx
from models.gate import was_sent_to_each
from models.outbox import Activity, Delivery
from models.peers import ACTIVE, SUSPENDED, Peer
from models.posts import Post
from models.retractions import (
    COMMUNITY,
    ERASED,
    EVERYTHING,
    LABELLED,
    LEFT,
    NARROWED,
    OPEN,
    OWED,
    PERSON,
    POST,
    TAKEN_BACK,
    FormerReader,
    Receipt,
    Retraction,
)
from models.sharing import has_member, shared_with_peer
from models.statements import lasting
from models.writes import posts

WAKES = "calling back"
"""The channel that the loop which writes the letters waits on."""

USUAL_HOURS = 24
"""The delay where nothing was agreed."""

_COLUMNS = [
    "peer_id", "scope", "object_uri", "post_id", "community_id", "reason", "state", "hours", "requested_at",
    "next_at", "tries", "detail",
]  # fmt: skip
_agreed_hours = func.coalesce(
    select(Agreement.retraction_hours)
    .where(Agreement.peer_id == Peer.id, Agreement.state == IN_FORCE)
    .correlate(Peer)
    .scalar_subquery(),
    USUAL_HOURS,
)
_exchanging = Peer.state.in_((ACTIVE, SUSPENDED))
# Nobody there is a member any more, so that a Delete which its members' servers get does not come there.
_left_with_copy = and_(
    Post.deleted_at.is_(None),
    or_(Post.peer_id.is_(None), Post.peer_id != Peer.id),
    some(
        FormerReader,
        FormerReader.community_id == Post.community_id,
        FormerReader.peer_id == Peer.id,
        FormerReader.left_at >= came_at,
    ),
    ~some(Follow, Follow.target_id == Post.community_id, Follow.follower_peer_id == Peer.id, Follow.is_accepted),
)


async def of_post(tx: WriteTx, post_id: int, reason: str, at: datetime) -> None:
    """A post is about to go: whoever may have it is to delete it. Call it before the post is changed."""
    await _note(tx, _OF_POST(), {"because": reason, "asked_at": at, "of_post": post_id})
    await tx.execute(DROP_OF_POST(), {"of_post": post_id})


async def of_erasure(tx: WriteTx, erasure_id: int, author_id: int, at: datetime) -> None:
    """All that somebody wrote is about to be erased. Call it before that is changed."""
    await of_author(tx, author_id, ERASED, at)
    mine = select(Post.id).where(Post.author_id == author_id)
    asked = (Retraction.reason == ERASED, Retraction.requested_at == at, Retraction.post_id.in_(mine))
    await tx.execute(update(Retraction).where(*asked).values(erasure_id=erasure_id))


async def of_identity(tx: WriteTx, erasure_id: int, actor_id: int, hosts: Sequence[str], at: datetime) -> None:
    """Who somebody was is erased: partners that may know it are to forget it, too."""
    row = select(
        Peer.id, literal(PERSON), Actor.uri, null(), null(), literal(ERASED), literal(OWED), _agreed_hours,
        literal(at, UtcDateTime()), literal(at, UtcDateTime()), literal(0), literal("", String()),
        literal(erasure_id, BigInteger()),
    ).select_from(Peer).join(Actor, Actor.id == literal(actor_id, BigInteger()))  # fmt: skip
    asked = row.where(Peer.host.in_(hosts), _exchanging)
    await _note(tx, insert(Retraction).from_select([*_COLUMNS, "erasure_id"], asked), {})


async def of_posts(tx: WriteTx, post_ids: Sequence[int], reason: str, at: datetime) -> None:
    """The same of many posts."""
    await _insert(tx, _posts(literal(reason), literal(at, UtcDateTime())).where(Post.id.in_(post_ids)))
    await _drop(tx, Activity.post_id.in_(post_ids))


async def of_called_back(tx: WriteTx, peer_id: int, which: ColumnElement[bool], at: datetime) -> None:
    """What a peer called back is about to go: others to whom a community of ours showed it are to delete it too.

    Its author's Delete may come later than the request, and finds nothing then that it could be passed on for.
    """
    ours = some(Actor, Actor.id == Post.community_id, Actor.peer_id.is_(None))
    shown = (which, ours, Post.deleted_at.is_(None), Post.shared_post_id.is_(None))
    await _insert(tx, _posts(literal(TAKEN_BACK), literal(at, UtcDateTime())).where(*shown, Peer.id != peer_id))
    await _drop(tx, Activity.post_id.in_(select(Post.id).where(*shown)))


async def of_author(tx: WriteTx, author_id: int, reason: str, at: datetime) -> None:
    """All that somebody wrote is about to go. Call it before that is changed."""
    await _insert(
        tx,
        _posts(literal(reason), literal(at, UtcDateTime())).where(
            Post.author_id == author_id, Post.shared_post_id.is_(None)
        ),
    )
    mine = select(Post.id).where(Post.author_id == author_id)
    await _drop(tx, Activity.post_id.in_(mine))


async def of_label(tx: WriteTx, post_ids: Sequence[int], label: int, at: datetime) -> None:
    """Posts are about to have a higher label: who got them and may not have it is to delete them."""
    community = another(Community, "of_label_community")
    still = some(
        community, community.actor_id == Post.community_id, shared_with_peer(community, Peer.id, literal(label))
    )
    of_posts = _posts(literal(LABELLED), literal(at, UtcDateTime())).where(Post.id.in_(post_ids))
    lost = of_posts.where(Post.community_id.is_not(None), ~still)
    await _insert(tx, lost)
    queued = some(
        community,
        community.actor_id == Activity.community_id,
        shared_with_peer(community, Delivery.peer_id, literal(label)),
    )
    await _drop(tx, Activity.post_id.in_(post_ids), ~queued)


async def of_relocation(tx: WriteTx, post_ids: Sequence[int], target_id: int, at: datetime) -> None:
    """Posts are about to go to another community of ours: who has no part in that one is to delete them."""
    target = another(Community, "of_relocation_target")

    def keeps(peer_id: SQLCoreOperations[int], label: SQLCoreOperations[int]) -> ColumnElement[bool]:
        has_part = (has_member(target, peer_id), shared_with_peer(target, peer_id, label))
        return some(target, target.actor_id == literal(target_id, BigInteger()), *has_part)

    of_posts = _posts(literal(NARROWED), literal(at, UtcDateTime())).where(Post.id.in_(post_ids))
    await _insert(tx, of_posts.where(~keeps(Peer.id, Post.label)))
    await _drop(tx, Activity.post_id.in_(post_ids), ~keeps(Delivery.peer_id, literal(0)))


async def lift(tx: WriteTx, post_id: int, label: int, at: datetime) -> bool:
    """Raise the label of a post and of everything below it; who may have it no more is to delete it. False: it was."""
    raised = await posts.with_all_below(tx, post_id, label)
    if raised:
        await of_label(tx, raised, label, at)
        await posts.raise_label(tx, raised, label)
    return bool(raised)


async def of_everything(tx: WriteTx, peer_id: int, reason: str, at: datetime) -> None:
    """The exchange is over: whatever came from here is to go over there. Call it before the terms end."""
    here = select(Actor.uri).where(Actor.type == "Application", Actor.peer_id.is_(None)).limit(1).scalar_subquery()
    row = select(
        Peer.id, literal(EVERYTHING), here, null(), null(), literal(reason), literal(OWED), _agreed_hours,
        literal(at, UtcDateTime()), literal(at, UtcDateTime()), literal(0), literal(""),
    ).where(Peer.id == peer_id)  # fmt: skip
    await _insert(tx, row)


async def of_last_member(tx: WriteTx, community_id: int, peer_id: int, at: datetime) -> None:
    """Somebody of the peer is no member any more: where nobody else there is, the copies go as well.

    Only where terms are in force: other software would take it for the end of each post. It keeps its copies, and is
    told of each post that is deleted later (threats T179).
    """
    has_terms = some(Agreement, Agreement.peer_id == peer_id, Agreement.state == IN_FORCE)
    gone = and_(
        ~some(Follow, Follow.target_id == community_id, Follow.follower_peer_id == peer_id, Follow.is_accepted),
        some(Community, Community.actor_id == community_id, Community.is_local),
    )
    await _insert(tx, _community(LEFT, at, peer_id, community_id).where(gone, has_terms))
    if await tx.scalar(select(Peer.id).where(Peer.id == peer_id, gone, ~has_terms)) is not None:
        former = {"community_id": community_id, "peer_id": peer_id, "left_at": at}
        await tx.execute(upsert(tx, FormerReader, ("community_id", "peer_id"), ("left_at",)), former)


# --- narrowing -----------------------------------------------------------------------------------------------------

Reach = Mapping[tuple[int, int], int]
"""(peer, community of ours) to the highest label that passes; a pair that is not there: nothing does."""


async def reach(tx: WriteTx, *, peer_id: int | None = None, community_id: int | None = None) -> Reach:
    """What goes to which peer that has members in a community: of one peer, or of one community."""
    columns = [shared_with_peer(Community, Peer.id, literal(label)) for label in range(3)]
    both = select(Peer.id, Community.actor_id, *columns).select_from(Peer).join(Community, true())
    statement = both.where(
        Community.is_local,
        _exchanging,
        has_member(Community, Peer.id),
        Peer.id == peer_id if peer_id is not None else Community.actor_id == community_id,
    )
    found = {(row[0], row[1]): max((label for label in range(3) if row[2 + label]), default=-1) for row in (
        await tx.select(statement)
    )}  # fmt: skip
    return {pair: label for pair, label in found.items() if label >= 0}


async def of_what_was_lost(tx: WriteTx, before: Reach, after: Reach, reason: str, at: datetime) -> int:
    """What passed before a change and passes no more is called back, and not sent; how many peers and communities."""
    lost = {pair: after.get(pair, -1) for pair, label in before.items() if after.get(pair, -1) < label}
    # One for each partner and community that an act of people narrowed.
    for (peer_id, community_id), label in lost.items():
        owed = [Delivery.peer_id == peer_id, Delivery.order_key == community_id]
        if label < 0:
            await _insert(tx, _community(reason, at, peer_id, community_id))
            await tx.execute(delete(Delivery).where(*owed, Delivery.is_formal.is_(False)))
            continue
        higher = and_(
            Post.community_id == community_id, Post.label > label, Post.label <= before[peer_id, community_id]
        )
        await _insert(tx, _each(reason, at, peer_id).where(higher))
        await _drop(tx, Activity.post_id.in_(select(Post.id).where(higher)), *owed)
    return len(lost)


async def of_community(tx: WriteTx, community_id: int, reason: str, at: datetime) -> None:
    """A community of ours is about to go, with all that is in it."""
    before = await reach(tx, community_id=community_id)
    for peer_id, _ in before:
        await _insert(tx, _community(reason, at, peer_id, community_id))


# --- answers -------------------------------------------------------------------------------------------------------


async def add_receipt(tx: WriteTx, receipt_id: int, *, peer_id: int, document: bytes, at: datetime) -> None:
    """Keep a letter of confirmation as it was signed."""
    await tx.execute(insert(Receipt), [{"id": receipt_id, "peer_id": peer_id, "document": document, "at": at}])


async def change(tx: WriteTx, ids: Sequence[int], **values: object) -> None:
    """Change what is known of some requests."""
    await tx.execute(update(Retraction).where(Retraction.id.in_(ids)).values(**values))


async def reopen(tx: WriteTx, peer_id: int, at: datetime) -> int:
    """Everything of a peer that is open is written again now; how much that is."""
    mine = update(Retraction).where(Retraction.peer_id == peer_id, Retraction.state.in_(OPEN)).values(next_at=at)
    tx.wake(WAKES)
    return (await tx.execute(mine)).rowcount


# --- statements ----------------------------------------------------------------------------------------------------


def _posts(reason: ColumnElement[str], at: ColumnElement[datetime]) -> Columns:
    """A row for each peer that may have each of the posts; the caller says which posts."""
    return (
        select(
            Peer.id, literal(POST), Post.uri, Post.id, Post.community_id, case((_left_with_copy, LEFT), else_=reason),
            literal(OWED), _agreed_hours, at, at, literal(0), literal(""),
        )
        .select_from(Peer)
        .join(Post, true())
        .where(_exchanging, or_(was_sent_to_each(Peer.id), _left_with_copy))
    )  # fmt: skip


def _each(reason: str, at: datetime, peer_id: int) -> Columns:
    """A row for each of the posts of others; the caller says which posts."""
    return (
        select(
            Peer.id, literal(POST), Post.uri, Post.id, Post.community_id, literal(reason), literal(OWED), _agreed_hours,
            literal(at, UtcDateTime()), literal(at, UtcDateTime()), literal(0), literal("", String()),
        )
        .select_from(Peer)
        .join(Post, true())
        .where(
            Peer.id == peer_id,
            Post.deleted_at.is_(None),
            Post.shared_post_id.is_(None),
            or_(Post.peer_id.is_(None), Post.peer_id != peer_id),
        )
    )  # fmt: skip


def _community(reason: str, at: datetime, peer_id: int, community_id: int) -> Columns:
    return (
        select(
            Peer.id, literal(COMMUNITY), Actor.uri, null(), Actor.id, literal(reason),
            literal(OWED), _agreed_hours, literal(at, UtcDateTime()), literal(at, UtcDateTime()), literal(0),
            literal("", String()),
        )
        .select_from(Peer)
        .join(Actor, Actor.id == literal(community_id, BigInteger()))
        .where(Peer.id == peer_id, _exchanging)
    )  # fmt: skip


async def _insert(tx: WriteTx, rows: Columns) -> None:
    await _note(tx, insert(Retraction).from_select(_COLUMNS, rows), {})


async def _note(tx: WriteTx, statement: Insert, values: Mapping[str, object]) -> None:
    if (await tx.execute(statement, values)).rowcount:
        tx.wake(WAKES)


async def _drop(tx: WriteTx, of_posts: ColumnElement[bool], *further: ColumnElement[bool]) -> None:
    """What shows these posts and was not sent yet is not sent; `further` conditions may be about the delivery."""
    await tx.execute(_dropping(of_posts, *further))


def _dropping(of_posts: ColumnElement[bool], *further: ColumnElement[bool]) -> Delete:
    # The activities are found first: looking at each delivery would take a second of a queue of a million.
    showing = select(Activity.id).where(Activity.has_content, of_posts)
    dropped = delete(Delivery).where(Delivery.activity_id.in_(showing))
    return dropped.where(some(Activity, Activity.id == Delivery.activity_id, *further)) if further else dropped


# Made once: posts are deleted one by one, and making the conditions takes ten times what running them does.
_one_post = bindparam("of_post", type_=BigInteger())
_OF_POST = lasting(
    lambda: insert(Retraction).from_select(
        _COLUMNS,
        _posts(bindparam("because", type_=String()), bindparam("asked_at", type_=UtcDateTime())).where(
            Post.id == _one_post
        ),
    )
)
DROP_OF_POST = lasting(lambda: _dropping(Activity.post_id == _one_post))
"""Deletes what shows the post `of_post` and was not sent yet."""
