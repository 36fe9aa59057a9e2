"""What other servers read of us: our actors with their keys, outboxes, single activities, and what is gone.

Content goes through the gate as everywhere. Deleted actors are found too, because their absence has to be told apart
from never having been.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, func, or_, select

from models.actors import GROUP, Actor, ActorKey, Follow
from models.base import aliased
from models.communities import Community
from models.conditions import came_at, some
from models.connections import Rows
from models.engine import Columns, ReadTx
from models.gate import PeerServer, passed_on_to, visible_to
from models.outbox import Activity
from models.posts import COMMUNITY, Post
from models.queries.actors import WIDTH, ActorRow, KeyRow, actors
from models.queries.paging import Page
from models.sharing import known_to_peer, shared_with_peer, was_for_peer
from models.statements import lasting

ANNOUNCE = "Announce"

MOST_IN_A_THREAD = 4096

# Paid on every GET of an actor, and for every delivery to a personal inbox: built once. Use the index on actors.uri.
_URI = Actor.uri == bindparam("uri")


def _ours(*conditions: ColumnElement[bool]) -> Columns:
    return (
        select(*actors().selected_columns)
        .select_from(Actor)
        .outerjoin(Community, Community.actor_id == Actor.id)
        .where(Actor.peer_id.is_(None), *conditions)
    )


def _known() -> ColumnElement[bool]:
    """Of people always, of communities as the gate says. In the statement that looks for the actor, so that one that is
    hidden costs what a name costs that nobody has (threats T170).
    """
    return or_(Actor.type != GROUP, known_to_peer(Community, bindparam("to_peer", type_=BigInteger())))


def _with_keys(statement: Columns) -> Columns:
    return (
        statement.outerjoin(ActorKey, ActorKey.actor_id == Actor.id)
        .add_columns(ActorKey.key_uri, ActorKey.kind, ActorKey.public_text, ActorKey.fetched_at)
        .order_by(ActorKey.kind.desc())
    )


_ACTOR = lasting(lambda: _ours(_URI))
_ONE_OF = lasting(lambda: _ours(Actor.uri.in_(bindparam("uris", expanding=True))))
_KNOWN_ACTOR = lasting(lambda: _ours(_URI, _known()))
_ACTOR_WITH_KEYS = lasting(lambda: _with_keys(_ours(_URI)))
_KNOWN_WITH_KEYS = lasting(lambda: _with_keys(_ours(_URI, _known())))


async def actor(tx: ReadTx, uri: str) -> ActorRow | None:
    """One of our actors by its id, deleted ones as well."""
    return _actor(await tx.select(_ACTOR(), {"uri": uri}))


async def one_of(tx: ReadTx, uris: Sequence[str]) -> ActorRow | None:
    """The one that exists of several ids that a handle may mean: a name is used once. One statement whichever it is."""
    return _actor(await tx.select(_ONE_OF(), {"uris": list(uris)})) if uris else None


async def known_actor(tx: ReadTx, uri: str, viewer: PeerServer) -> ActorRow | None:
    """One of our actors by its id, if the peer may know of it, deleted ones as well."""
    return _actor(await tx.select(_KNOWN_ACTOR(), {"uri": uri, "to_peer": viewer.peer_id}))


def _actor(rows: Rows) -> ActorRow | None:
    row = rows.fetchone()
    return ActorRow(*row) if row else None


async def actor_with_keys(tx: ReadTx, uri: str) -> tuple[ActorRow, list[KeyRow]] | None:
    """One of our actors with its keys, RSA first, without their private halves. One statement."""
    return _actor_with_keys(await tx.select(_ACTOR_WITH_KEYS(), {"uri": uri}))


async def known_with_keys(tx: ReadTx, uri: str, viewer: PeerServer) -> tuple[ActorRow, list[KeyRow]] | None:
    """The same, if the peer may know of it."""
    return _actor_with_keys(await tx.select(_KNOWN_WITH_KEYS(), {"uri": uri, "to_peer": viewer.peer_id}))


def _actor_with_keys(result: Rows) -> tuple[ActorRow, list[KeyRow]] | None:
    rows = result.fetchall()
    if not rows:
        return None
    found = ActorRow(*rows[0][:WIDTH])
    keys = []
    for row in rows:
        key_uri, kind, public_text, made_at = row[WIDTH:]
        if key_uri is not None:
            keys.append(KeyRow(key_uri, kind, public_text, None, made_at, found.id, found.uri, None))
    return found, keys


# Made once: whoever joins is asked about.
_KNOWN_COMMUNITY = lasting(
    lambda: select(Community.actor_id).where(
        Community.actor_id == bindparam("of_community", type_=BigInteger()),
        known_to_peer(Community, bindparam("to_peer", type_=BigInteger())),
    )
)


async def is_known(tx: ReadTx, actor: ActorRow, viewer: PeerServer) -> bool:
    """Whether the peer may know of one of our actors: of people always, of communities as the gate says."""
    if not actor.is_community:
        return True
    values = {"of_community": actor.id, "to_peer": viewer.peer_id}
    return (await tx.select(_KNOWN_COMMUNITY(), values)).first() is not None


async def follower_count(tx: ReadTx, actor_id: int) -> int:
    """Accepted followers of an actor that the asker may know of. Uses ix_follows_target."""
    statement = select(func.count()).select_from(Follow).where(Follow.target_id == actor_id, Follow.is_accepted)
    return int(await tx.scalar(statement) or 0)


def _listed(statement: Columns, viewer: PeerServer) -> Columns:
    """Activities that stand in an outbox: about posts that the viewer may see, or was told of by our community.

    Of what is gone only that it is gone.
    """
    about = statement.select_from(Activity).join(Post, Post.id == Activity.post_id)
    announced = and_(
        Activity.type == ANNOUNCE, Post.deleted_at.is_(None) | Activity.has_content.is_(False), passed_on_to(viewer)
    )
    return about.where(Activity.in_outbox, or_(visible_to(viewer), announced))


async def activity(tx: ReadTx, uri: str, viewer: PeerServer) -> bytes | None:
    """An activity of ours as it was sent, under the conditions of `outbox`."""
    payload: bytes | None = await tx.scalar(_listed(select(Activity.payload), viewer).where(Activity.uri == uri))
    return payload


async def outbox(tx: ReadTx, actor_id: int, viewer: PeerServer, page: Page) -> list[tuple[int, bytes]]:
    """Ids and bytes of an actor's activities about posts that the viewer may see or was told of, newest first.

    Uses ix_activities_outbox.
    """
    listed = _listed(select(Activity.id, Activity.payload), viewer).where(Activity.actor_id == actor_id)
    rows = (await tx.select(page.bound(listed, Activity.id))).all()
    return page.ordered([(row[0], row[1]) for row in rows])


async def outbox_size(tx: ReadTx, actor_id: int, viewer: PeerServer) -> int:
    """How many activities `outbox` gives in all."""
    return int(await tx.scalar(_listed(select(func.count()), viewer).where(Activity.actor_id == actor_id)) or 0)


class Removed(msgspec.Struct, frozen=True):
    """What is said of a post that is gone."""

    uri: str
    kind: str
    deleted_at: datetime


async def removed_post(tx: ReadTx, uri: str, viewer: PeerServer) -> Removed | None:
    """A deleted post of ours that the peer may know to be deleted.

    That is one in a community from which the peer may read today: had the post stayed, the peer would see it now. Of
    personal posts nothing is said, since the follows and mentions that showed them leave no trace to judge by.
    """
    community = aliased(Community)
    shared = some(
        community,
        community.actor_id == Post.community_id,
        shared_with_peer(community, viewer.peer_id, Post.label),
        was_for_peer(community, viewer.peer_id, came_at),
    )
    statement = select(Post.uri, Post.kind, Post.deleted_at).where(
        Post.uri == uri,
        Post.deleted_at.is_not(None),
        Post.peer_id.is_(None),
        Post.shared_post_id.is_(None),
        Post.audience == COMMUNITY,
        shared,
    )
    row = (await tx.select(statement)).first()
    return Removed(*row) if row else None


async def community_of_thread(tx: ReadTx, thread_id: int, viewer: PeerServer) -> str | None:
    """The id of the community of ours in which a thread is, for a peer that is told of it."""
    told = or_(visible_to(viewer), and_(Post.deleted_at.is_(None), passed_on_to(viewer)))
    statement = select(Actor.uri).join(Post, Post.community_id == Actor.id)
    opens = (Post.id == thread_id, Post.thread_id == thread_id, Actor.peer_id.is_(None))
    found: str | None = await tx.scalar(statement.where(*opens, told))
    return found


async def thread_uris(tx: ReadTx, community_id: int, thread_id: int, viewer: PeerServer) -> list[str]:
    """Ids of everything in a thread of a community of ours, the opening post first, then as written.

    Empty for a thread that the peer was told nothing of. Uses ix_posts_thread_id.
    """
    statement = (
        select(Post.uri)
        .where(
            Post.thread_id == thread_id,
            Post.community_id == community_id,
            Post.shared_post_id.is_(None),
            Post.deleted_at.is_(None),
            passed_on_to(viewer),
        )
        .order_by(Post.id != thread_id, Post.id)
        .limit(MOST_IN_A_THREAD)
    )
    return [row[0] for row in await tx.select(statement)]


def _replies(statement: Columns, post_id: int, viewer: PeerServer) -> Columns:
    return statement.select_from(Post).where(
        Post.parent_id == post_id,
        Post.shared_post_id.is_(None),
        Post.deleted_at.is_(None),
        or_(visible_to(viewer), passed_on_to(viewer)),
    )


async def reply_uris(tx: ReadTx, post_id: int, viewer: PeerServer, *, after: int, most: int) -> list[tuple[int, str]]:
    """Numbers and ids of the direct replies to a post, as written, from above a number. Uses ix_posts_parent_id."""
    statement = _replies(select(Post.id, Post.uri), post_id, viewer)
    rows = await tx.select(statement.where(Post.id > after).order_by(Post.id).limit(most))
    return [(row[0], row[1]) for row in rows]


async def reply_count(tx: ReadTx, post_id: int, viewer: PeerServer) -> int:
    """How many replies `reply_uris` gives in all."""
    return int(await tx.scalar(_replies(select(func.count()), post_id, viewer)) or 0)


async def followers_at(tx: ReadTx, actor_id: int, peer_id: int) -> list[str]:
    """Ids of an actor's accepted followers at one peer (FEP-8fcf). Uses ix_follows_target_peer."""
    statement = (
        select(Actor.uri)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == actor_id, Follow.follower_peer_id == peer_id, Follow.is_accepted)
        .order_by(Follow.id)
    )
    return [row[0] for row in await tx.select(statement)]
