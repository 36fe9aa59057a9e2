"""What is gone: read from the database of the present, so that a copy of the past does not bring it back (T221)."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from models.accounts import Session
from models.actors import Actor, Follow, Tombstone
from models.conditions import some
from models.engine import ReadTx
from models.leaving import Departure, RetiredName
from models.moderation import Removal
from models.oauth import Token
from models.peers import Peer
from models.posts import Post


class Leaver(msgspec.Struct, frozen=True):
    """Somebody who has left, as they are shown now, in the order of the columns."""

    actor_id: int
    left_at: datetime
    stage: int
    due_at: datetime | None
    username: str
    display_name: str
    url: str
    deleted_at: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """How it stands with a partner, in the order of the columns."""

    host: str
    state: str
    letters_seen: int


class Gone(msgspec.Struct):
    """Everything that a restored copy must not have any more, or not less of."""

    leavers: list[Leaver]
    deleted_posts: list[int]
    """Without those that hosts took out, which lie in the bin with their text."""
    follows: list[int]
    """Those that there are: a copy that has more has removed members in it."""
    sessions: list[str]
    tokens: list[str]
    """Hashes of those that count: all others of a copy were revoked since."""
    retired_names: list[str]
    tombstones: list[tuple[str, str, datetime]]
    peers: list[Standing]
    taken_out: list[tuple[int, int, datetime]] = []
    """Posts that hosts took out, of which community and when."""


async def gone(tx: ReadTx) -> Gone:
    """Read all of it, ids and hashes only. As large as what is gone, once, while no server runs."""
    leavers = (
        select(
            Departure.actor_id,
            Departure.left_at,
            Departure.stage,
            Departure.due_at,
            Actor.username,
            Actor.display_name,
            Actor.url,
            Actor.deleted_at,
        )
        .join(Actor, Actor.id == Departure.actor_id)
        .order_by(Departure.actor_id)
    )
    counting = select(Token.token_hash).where(Token.revoked_at.is_(None))
    removed = await tx.select(select(Removal.post_id, Removal.community_id, Removal.created_at))
    deleted = select(Post.id).where(Post.deleted_at.is_not(None), ~some(Removal, Removal.post_id == Post.id))
    tombstones = await tx.select(select(Tombstone.uri, Tombstone.actor_uri, Tombstone.at))
    return Gone(
        leavers=[Leaver(*row) for row in await tx.select(leavers)],
        deleted_posts=[row[0] for row in await tx.select(deleted)],
        follows=[row[0] for row in await tx.select(select(Follow.id))],
        sessions=[row[0] for row in await tx.select(select(Session.token_hash))],
        tokens=[row[0] for row in await tx.select(counting)],
        retired_names=[row[0] for row in await tx.select(select(RetiredName.digest))],
        tombstones=[(row[0], row[1], row[2]) for row in tombstones],
        peers=[Standing(*row) for row in await tx.select(select(Peer.host, Peer.state, Peer.letters_seen))],
        taken_out=[(row[0], row[1], row[2]) for row in removed],
    )
