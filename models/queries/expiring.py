"""What has been kept for as long as it is kept: which threads are over, and which posts in the bin (product section 8).

The stricter of all rules that concern a place wins: the server's, the community's, and the agreement's with a partner.
Ids only: nothing here shows what anybody wrote.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, false, func, or_, select

from models.actors import Actor
from models.agreements import IN_FORCE, Agreement
from models.base import aliased
from models.communities import Community
from models.conditions import some
from models.engine import ReadTx
from models.holding import is_held
from models.ids import first_id_at
from models.moderation import Removal
from models.peers import Peer
from models.posts import Post
from models.queries.rules import Rules, stricter


class Term(msgspec.Struct, frozen=True):
    """So many days after its last reply a thread goes, in these places."""

    days: int
    community_ids: tuple[int, ...] = ()
    outside: bool = False
    """Also what stands in no community."""
    peer_id: int | None = None
    """Instead: what people of this partner wrote, wherever it stands."""


async def terms(tx: ReadTx, rules: Rules) -> list[Term]:
    """What holds where; places that keep everything are left out."""
    of_places = (
        select(Community.actor_id, Community.retention_days, Agreement.retention_months)
        .join(Actor, Actor.id == Community.actor_id)
        .outerjoin(Agreement, and_(Agreement.peer_id == Actor.peer_id, Agreement.state == IN_FORCE))
        .order_by(Community.actor_id)
    )
    by_days: dict[int, list[int]] = {}
    for community_id, own, months in await tx.select(of_places):
        days = stricter(rules.thread_days, own, _in_days(months))
        if days is not None:
            by_days.setdefault(days, []).append(community_id)
    found = [Term(days, tuple(ids)) for days, ids in sorted(by_days.items())]
    if rules.thread_days:
        found.append(Term(rules.thread_days, outside=True))
    agreed = select(Agreement.peer_id, Agreement.retention_months).where(Agreement.state == IN_FORCE)
    for peer_id, months in await tx.select(agreed.order_by(Agreement.peer_id)):
        days = _in_days(months) or 0
        if not rules.thread_days or days < rules.thread_days:
            found.append(Term(days, peer_id=peer_id))
    return found


def _in_days(months: int | None) -> int | None:
    return None if months is None else months * 365 // 12


def _places(term: Term) -> ColumnElement[bool]:
    if term.peer_id is not None:
        return Post.peer_id == term.peer_id
    outside = Post.community_id.is_(None) if term.outside else false()
    return or_(Post.community_id.in_(term.community_ids), outside)


def _due(term: Term, before: datetime) -> ColumnElement[bool]:
    later = aliased(Post)
    return and_(
        _places(term),
        # Ids follow the time of publication: nothing younger is looked at.
        Post.id < first_id_at(before),
        Post.deleted_at.is_(None),
        Post.shared_post_id.is_(None),
        ~some(
            later,
            later.thread_id == func.coalesce(Post.thread_id, Post.id),
            later.published_at >= before,
            later.deleted_at.is_(None),
        ),
        ~is_held(Post.author_id, Post.community_id, Post.published_at),
    )


async def due(tx: ReadTx, term: Term, before: datetime, after_id: int, most: int) -> list[int]:
    """Posts of threads whose last reply is older than this and that no case holds, from an id on, the oldest first."""
    statement = select(Post.id).where(_due(term, before), Post.id > after_id).order_by(Post.id).limit(most)
    return [row[0] for row in await tx.select(statement)]


async def count_due(tx: ReadTx, term: Term, before: datetime, most: int) -> int:
    """How many those are, counted up to a bound."""
    some_of_them = select(Post.id).where(_due(term, before)).limit(most).subquery()
    return int(await tx.scalar(select(func.count()).select_from(some_of_them)) or 0)


async def ours(tx: ReadTx, ids: Sequence[int]) -> list[int]:
    """Those of these posts that are this firm's to call back: in its communities, or by its people outside of any."""
    place = aliased(Community)
    at_home = some(place, place.actor_id == Post.community_id, place.is_local)
    personal = and_(Post.community_id.is_(None), Post.peer_id.is_(None))
    statement = select(Post.id).where(Post.id.in_(ids), or_(at_home, personal))
    return [row[0] for row in await tx.select(statement)]


async def taken_out(tx: ReadTx, before: datetime, most: int) -> list[int]:
    """Posts that hosts or moderators took out before an instant, and that no case holds."""
    statement = (
        select(Removal.post_id)
        .join(Post, Post.id == Removal.post_id)
        .where(Removal.created_at < before, ~is_held(Post.author_id, Post.community_id, Post.published_at))
        .order_by(Removal.post_id)
        .limit(most)
    )
    return [row[0] for row in await tx.select(statement)]


class Place(msgspec.Struct, frozen=True):
    """A community and how long threads are kept there, in the order of the columns."""

    actor_id: int
    username: str
    host: str
    title: str
    visibility: str
    is_local: bool
    days: int | None
    """Its own rule."""
    months: int | None
    """What the agreement with its firm says; null: it is ours, or of a partner without one."""


async def places(tx: ReadTx) -> list[Place]:
    """Every community of this firm, and of partners whom an agreement binds, by name."""
    statement = (
        select(
            Community.actor_id,
            Actor.username,
            Actor.host,
            Actor.display_name,
            Community.visibility,
            Community.is_local,
            Community.retention_days,
            Agreement.retention_months,
        )
        .join(Actor, Actor.id == Community.actor_id)
        .outerjoin(Peer, Peer.id == Actor.peer_id)
        .outerjoin(Agreement, and_(Agreement.peer_id == Peer.id, Agreement.state == IN_FORCE))
        .where(Actor.deleted_at.is_(None), or_(Community.is_local, Agreement.id.is_not(None)))
        .order_by(Community.is_local.desc(), Actor.username)
    )
    return [Place(*row) for row in await tx.select(statement)]
