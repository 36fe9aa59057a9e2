"""Reading follows and memberships: who follows whom, requests that wait, the list kept for each membership."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, bindparam, func, literal, not_, or_, select

from models.actors import GROUP, Actor, Follow
from models.communities import HOST_ROLE, MODERATOR_ROLE
from models.conditions import another
from models.engine import ReadTx
from models.gate import Person
from models.guests import is_guest, meet
from models.outbox import Activity, Delivery
from models.peers import ACTIVE, Peer
from models.queries.actors import WIDTH, ActorRow, actor_rows, actors, known_to, of_ids
from models.queries.paging import Page
from models.statements import lasting


class FollowRow(msgspec.Struct, frozen=True):
    """One follow."""

    id: int
    follower_id: int
    target_id: int
    follower_peer_id: int | None
    activity_uri: str
    is_accepted: bool
    role: str
    shows_reblogs: bool
    notifies: bool
    languages: str | None
    list_title: str | None
    list_hidden: bool
    accepted_at: datetime | None
    requested_at: datetime
    repeats: int
    """How often a request that nobody answered was sent again."""


_COLUMNS = (
    Follow.id,
    Follow.follower_id,
    Follow.target_id,
    Follow.follower_peer_id,
    Follow.activity_uri,
    Follow.is_accepted,
    Follow.role,
    Follow.shows_reblogs,
    Follow.notifies,
    Follow.languages,
    Follow.list_title,
    Follow.list_hidden,
    Follow.accepted_at,
    Follow.requested_at,
    Follow.repeats,
)


_FIND = lasting(
    lambda: select(*_COLUMNS).where(Follow.follower_id == bindparam("by"), Follow.target_id == bindparam("of"))
)
_ROLE = lasting(
    lambda: select(Follow.role).where(
        Follow.follower_id == bindparam("by"), Follow.target_id == bindparam("of"), Follow.is_accepted
    )
)


async def find(tx: ReadTx, follower_id: int, target_id: int) -> FollowRow | None:
    """The follow of one actor by another, accepted or waiting."""
    row = (await tx.select(_FIND(), {"by": follower_id, "of": target_id})).first()
    return FollowRow(*row) if row else None


async def by_activity_uri(tx: ReadTx, activity_uri: str, follower_id: int) -> FollowRow | None:
    """The follow that an actor's activity made; the id of the activity alone would prove nothing."""
    statement = select(*_COLUMNS).where(Follow.activity_uri == activity_uri, Follow.follower_id == follower_id)
    row = (await tx.select(statement)).first()
    return FollowRow(*row) if row else None


async def by_answered_uri(tx: ReadTx, activity_uri: str, target_id: int) -> FollowRow | None:
    """The follow that one of our people sent under this id to just this actor."""
    statement = select(*_COLUMNS).where(
        Follow.activity_uri == activity_uri, Follow.target_id == target_id, Follow.follower_peer_id.is_(None)
    )
    row = (await tx.select(statement)).first()
    return FollowRow(*row) if row else None


async def role_in(tx: ReadTx, actor_id: int, community_id: int) -> str | None:
    """The role of an accepted membership; None: not a member."""
    row = (await tx.select(_ROLE(), {"by": actor_id, "of": community_id})).first()
    return row[0] if row else None


async def between(
    tx: ReadTx, viewer_id: int, others: Sequence[int]
) -> tuple[dict[int, FollowRow], dict[int, FollowRow]]:
    """Follows by the viewer of the others, and by the others of the viewer, by the other's id."""
    if not others:
        return {}, {}
    statement = select(*_COLUMNS).where(
        ((Follow.follower_id == viewer_id) & Follow.target_id.in_(others))
        | ((Follow.target_id == viewer_id) & Follow.follower_id.in_(others))
    )
    rows = [FollowRow(*row) for row in await tx.select(statement)]
    return (
        {row.target_id: row for row in rows if row.follower_id == viewer_id},
        {row.follower_id: row for row in rows if row.target_id == viewer_id},
    )


async def _page(tx: ReadTx, statement: Any, page: Page) -> list[tuple[int, ActorRow]]:
    rows = (await tx.select(page.bound(statement.add_columns(Follow.id), Follow.id))).all()
    return page.ordered([(row[WIDTH], actor) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def followers(tx: ReadTx, target_id: int, viewer: Person, page: Page) -> list[tuple[int, ActorRow]]:
    """Who follows an actor, with the follow's id as cursor; for a guest, of those whom they meet."""
    own_id = literal(viewer.actor_id, BigInteger())
    statement = actors().join(Follow, Follow.follower_id == Actor.id)
    statement = statement.where(or_(not_(is_guest(own_id)), meet(own_id, Actor.id)))
    return await _page(tx, statement.where(Follow.target_id == target_id, Follow.is_accepted), page)


async def following(tx: ReadTx, follower_id: int, viewer: Person, page: Page) -> list[tuple[int, ActorRow]]:
    """Whom an actor follows, as far as the viewer may know of them."""
    theirs = another(Follow, "following_theirs")
    statement = (
        actors()
        .join(theirs, theirs.target_id == Actor.id)
        .where(theirs.follower_id == follower_id, theirs.is_accepted, known_to(viewer))
    )
    rows = (await tx.select(page.bound(statement.add_columns(theirs.id), theirs.id))).all()
    return page.ordered([(row[WIDTH], actor) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def requests(tx: ReadTx, actor_id: int, page: Page) -> list[tuple[int, ActorRow]]:
    """Who waits to follow this person, or to join a community that they host."""
    led = select(Follow.target_id).where(Follow.follower_id == actor_id, Follow.is_accepted, Follow.role == HOST_ROLE)
    waiting = another(Follow, "requests_waiting")
    statement = (
        actors()
        .join(waiting, waiting.follower_id == Actor.id)
        .where(waiting.is_accepted.is_(False), (waiting.target_id == actor_id) | waiting.target_id.in_(led))
    )
    rows = (await tx.select(page.bound(statement.add_columns(waiting.id), waiting.id))).all()
    return page.ordered([(row[WIDTH], actor) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def waiting_for(tx: ReadTx, applicant_id: int, leader_id: int) -> list[FollowRow]:
    """The requests of one applicant that this person may answer: to follow them, then to join what they host."""
    led = select(Follow.target_id).where(Follow.follower_id == leader_id, Follow.is_accepted, Follow.role == HOST_ROLE)
    waiting = another(Follow, "waiting_for_waiting")
    columns = [getattr(waiting, column.key) for column in _COLUMNS]
    statement = (
        select(*columns)
        .where(
            waiting.follower_id == applicant_id,
            waiting.is_accepted.is_(False),
            (waiting.target_id == leader_id) | waiting.target_id.in_(led),
        )
        .order_by((waiting.target_id == leader_id).desc(), waiting.id)
    )
    return [FollowRow(*row) for row in await tx.select(statement)]


async def waiting_count(tx: ReadTx, actor_id: int) -> int:
    """How many requests wait for this person's answer."""
    led = select(Follow.target_id).where(Follow.follower_id == actor_id, Follow.is_accepted, Follow.role == HOST_ROLE)
    waiting = another(Follow, "waiting_count_waiting")
    statement = (
        select(func.count())
        .select_from(waiting)
        .where(waiting.is_accepted.is_(False), (waiting.target_id == actor_id) | waiting.target_id.in_(led))
    )
    return int(await tx.scalar(statement) or 0)


async def memberships(tx: ReadTx, actor_id: int) -> list[tuple[FollowRow, ActorRow]]:
    """The communities somebody has joined, oldest membership first."""
    statement = (
        actors()
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == actor_id, Follow.is_accepted, Actor.type == GROUP)
        .order_by(Follow.id)
        .limit(500)
        .add_columns(*_COLUMNS)
    )
    rows = (await tx.select(statement)).all()
    return [(FollowRow(*row[WIDTH:]), actor) for row, actor in zip(rows, actor_rows(rows), strict=True)]


async def of_follower(tx: ReadTx, actor_id: int) -> list[tuple[FollowRow, ActorRow]]:
    """Whom an actor follows or has asked to follow, communities too."""
    statement = actors().join(Follow, Follow.target_id == Actor.id).where(Follow.follower_id == actor_id)
    rows = (await tx.select(statement.add_columns(*_COLUMNS).order_by(Follow.id))).all()
    return [(FollowRow(*row[WIDTH:]), actor) for row, actor in zip(rows, actor_rows(rows), strict=True)]


async def led(tx: ReadTx, person_id: int) -> list[ActorRow]:
    """The communities of ours that a person leads, as host or moderator, by name: in whose name an app may act."""
    statement = (
        actors()
        .join(Follow, Follow.target_id == Actor.id)
        .where(
            Follow.follower_id == person_id,
            Follow.is_accepted,
            Follow.role.in_((HOST_ROLE, MODERATOR_ROLE)),
            Actor.type == GROUP,
            Actor.peer_id.is_(None),
        )
        .order_by(Actor.username)
        .limit(200)
    )
    return actor_rows((await tx.select(statement)).all())


async def shared(tx: ReadTx, viewer: Person, actor_id: int) -> list[ActorRow]:
    """Communities that the viewer and somebody else have both joined, in the order in which the viewer did."""
    mine, theirs = another(Follow, "shared_mine"), another(Follow, "shared_theirs")
    statement = (
        actors()
        .join(mine, mine.target_id == Actor.id)
        .join(theirs, theirs.target_id == Actor.id)
        .where(
            mine.follower_id == viewer.actor_id,
            theirs.follower_id == actor_id,
            mine.is_accepted,
            theirs.is_accepted,
            Actor.type == GROUP,
        )
        .order_by(mine.id)
        .limit(200)
    )
    return actor_rows((await tx.select(statement)).all())


_MEMBERSHIP = (
    actors()
    .join(Follow, Follow.target_id == Actor.id)
    .where(
        Follow.id == bindparam("follow_id"),
        Follow.follower_id == bindparam("member_id"),
        Follow.is_accepted,
        Actor.type == GROUP,
    )
    .add_columns(*_COLUMNS)
)


async def follows_any(tx: ReadTx, actor_id: int) -> bool:
    """Somebody belongs to a community, asks to, or follows a person."""
    return await tx.scalar(select(Follow.id).where(Follow.follower_id == actor_id).limit(1)) is not None


async def membership(tx: ReadTx, follow_id: int, actor_id: int) -> tuple[FollowRow, ActorRow] | None:
    """One membership of this person by its id, which is the id of the list kept for it."""
    row = (await tx.select(_MEMBERSHIP, {"follow_id": follow_id, "member_id": actor_id})).first()
    return (FollowRow(*row[WIDTH:]), ActorRow(*row[:WIDTH])) if row else None


async def leaders(tx: ReadTx, community_id: int) -> list[ActorRow]:
    """Hosts, then moderators, in the order in which they joined; complete, as peers expect it."""
    statement = (
        actors()
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == community_id, Follow.is_accepted, Follow.role.in_((HOST_ROLE, MODERATOR_ROLE)))
        .order_by(Follow.role, Follow.id)
    )
    return actor_rows((await tx.select(statement)).all())


async def hosts_of(tx: ReadTx, community_id: int) -> list[ActorRow]:
    """Those who answer requests to join, in the order in which they joined."""
    statement = (
        actors()
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == community_id, Follow.is_accepted, Follow.role == HOST_ROLE)
        .order_by(Follow.id)
    )
    return actor_rows((await tx.select(statement)).all())


async def hosts(tx: ReadTx, community_id: int) -> int:
    """How many hosts a community has."""
    statement = (
        select(func.count())
        .select_from(Follow)
        .where(Follow.target_id == community_id, Follow.is_accepted, Follow.role == HOST_ROLE)
    )
    return int(await tx.scalar(statement) or 0)


async def members_at(tx: ReadTx, community_id: int, peer_id: int) -> int:
    """How many accepted members a community has at one peer."""
    statement = (
        select(func.count())
        .select_from(Follow)
        .where(Follow.target_id == community_id, Follow.follower_peer_id == peer_id, Follow.is_accepted)
    )
    return int(await tx.scalar(statement) or 0)


async def local_followers(tx: ReadTx, target_id: int) -> list[tuple[ActorRow, str, int]]:
    """Our people who follow an actor, each with the id of the Follow, outside and here."""
    statement = (
        actors()
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == target_id, Follow.is_accepted, Follow.follower_peer_id.is_(None))
        .add_columns(Follow.activity_uri, Follow.id)
    )
    rows = (await tx.select(statement)).all()
    return [(actor, row[WIDTH], row[WIDTH + 1]) for row, actor in zip(rows, actor_rows(rows), strict=True)]


async def has_local_follower(tx: ReadTx, actor_id: int) -> bool:
    """Somebody here follows the actor."""
    statement = select(Follow.id).where(
        Follow.target_id == actor_id, Follow.follower_peer_id.is_(None), Follow.is_accepted
    )
    return await tx.scalar(statement.limit(1)) is not None


async def followers_here(tx: ReadTx, target_id: int) -> list[tuple[FollowRow, str]]:
    """Everybody here who follows an actor of a peer or has asked to, with their ids. Uses ix_follows_target_peer."""
    statement = (
        select(*_COLUMNS, Actor.uri)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(Follow.target_id == target_id, Follow.follower_peer_id.is_(None))
    )
    return [(FollowRow(*row[:-1]), row[-1]) for row in await tx.select(statement)]


class Unanswered(msgspec.Struct, frozen=True):
    """A request of somebody here that a partner has not answered."""

    follow: FollowRow
    follower: ActorRow
    target: ActorRow
    is_on_its_way: bool
    """The peer is still owed it: it was not even asked."""


async def unanswered(tx: ReadTx, *, before: datetime, after: int, most: int) -> list[Unanswered]:
    """Requests made before then at active partners, by id from above `after`. Uses ix_follows_waiting."""
    owed = (
        select(Delivery.id)
        .join(Activity, Activity.id == Delivery.activity_id)
        .where(Activity.uri == Follow.activity_uri)
        .exists()
    )
    statement = (
        actors()
        .join(Follow, Follow.target_id == Actor.id)
        .join(Peer, Peer.id == Actor.peer_id)
        .where(
            Follow.is_accepted.is_(False),
            Follow.requested_at <= before,
            Follow.follower_peer_id.is_(None),
            Peer.state == ACTIVE,
            Follow.id > after,
        )
        .order_by(Follow.id)
        .limit(most)
        .add_columns(owed, *_COLUMNS)
    )
    rows = (await tx.select(statement)).all()
    found = [(FollowRow(*row[WIDTH + 1 :]), ActorRow(*row[:WIDTH]), bool(row[WIDTH])) for row in rows]
    people = await of_ids(tx, [follow.follower_id for follow, _, _ in found])
    return [
        Unanswered(follow, people[follow.follower_id], target, is_owed)
        for follow, target, is_owed in found
        if follow.follower_id in people
    ]
