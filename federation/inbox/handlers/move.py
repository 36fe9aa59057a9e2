"""Move: somebody, or a community, is to be found elsewhere from now on; our people's follows go along (T043).

With an `origin` it is a thread that goes from one community to another: `relocation.py`.
"""

from dataclasses import dataclass
from datetime import timedelta

from federation.errors import Denied
from federation.inbox.context import Received
from federation.inbox.handlers import relocation
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Move
from models.communities import OPEN
from models.engine import WriteTx
from models.queries import follows, moves
from models.queries.actors import ActorRow
from models.queries.moves import Migration
from models.writes import actors as actor_writes
from models.writes import feeds, withdrawals
from models.writes import follows as follow_writes

SELDOM = timedelta(days=30)
"""An actor takes its followers along once in this time, whatever it says."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Both ends as their own servers show them now."""

    old: ActorRow
    new: ActorRow


async def gather(received: Received[Move]) -> Moved | None:
    """Both actors, read anew: the new one must say that it is the old one, the old one that it is there now.

    Raises `Denied` for a Move by anybody else, to a host that is not allowed, and where one end does not agree.
    """
    move, directory = received.activity, received.tools.directory
    if move.origin is not None or move.target is None:
        # A thread goes from one group to another (NodeBB, PieFed).
        return None
    if move.object_id != received.actor.uri or move.target == move.object_id:
        raise Denied("moves somebody else", reason="not_authorized", uri=move.object_id)
    old = await directory.fetch(move.object_id, received.budget)
    new = await directory.resolve(move.target, received.budget)
    if not new.is_local:
        new = await directory.fetch(move.target, received.budget)
    async with received.tools.runtime.db.read() as tx:
        pair = await moves.migrations(tx, [old.id, new.id])
    _check(received, old, new, pair)
    return Moved(old, new)


def _check(received: Received[Move], old: ActorRow, new: ActorRow, pair: dict[int, Migration]) -> None:
    before, after = pair[old.id], pair[new.id]
    if old.uri not in after.also_known_as:
        raise Denied("the target does not name who moves to it", reason="not_authorized", uri=new.uri)
    if before.moved_to != new.uri:
        raise Denied("who moves does not name the target", reason="not_authorized", uri=old.uri)
    if after.moved_to is not None or old.type != new.type:
        raise Denied("the target has moved on, or is of another kind", reason="not_authorized", uri=new.uri)
    if before.moved_at is not None and received.received_at - before.moved_at < SELDOM:
        raise Denied("moved a short while ago", reason="not_authorized", uri=old.uri)


async def apply(tx: WriteTx, received: Received[Move], moved: Moved | None) -> list[Outgoing]:
    """Follow the new one for each of our people who follows the old one, as if they had asked themselves.

    Of a person the old follow ends. Of a community it stays, for what was written there; only an open one is followed,
    since who is let into another nobody decides by moving. Whom our administrators withdrew from it (product J9) does
    not join the new one either.
    """
    if received.activity.origin is not None:
        return await relocation.apply(tx, received)
    if moved is None:
        return []
    if moved.new.is_community and not moved.new.is_local:
        await withdrawals.carry(tx, moved.old.id, moved.new.id)
    if moved.new.is_community and (moved.new.visibility != OPEN or moved.new.is_locked):
        return []
    await actor_writes.note_move(tx, moved.old.id, received.received_at)
    outgoings: list[Outgoing] = []
    for follower, follow_uri, follow_id in await follows.local_followers(tx, moved.old.id):
        if follower.id != moved.new.id and await follows.find(tx, follower.id, moved.new.id) is None:
            outgoings += await _ask(tx, received, follower, moved.new)
        if not moved.old.is_community:
            await follow_writes.remove(tx, follow_id)
            await feeds.leave(tx, follower.id, moved.old.id)
            outgoings.append(received.compose.undo_follow(follow_uri, follower, moved.old))
    return outgoings


async def _ask(tx: WriteTx, received: Received[Move], follower: ActorRow, new: ActorRow) -> list[Outgoing]:
    number = received.new_id(received.received_at)
    uri = received.tools.runtime.config.url(f"/activities/{number}")
    await follow_writes.add(
        tx,
        follow_id=number,
        follower_id=follower.id,
        follower_peer_id=None,
        target_id=new.id,
        activity_uri=uri,
        at=received.received_at,
        is_accepted=new.is_local and not new.is_locked,
    )
    return [] if new.is_local else [received.compose.follow(uri, number, follower, new)]
