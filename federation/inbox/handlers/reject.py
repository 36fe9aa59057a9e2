"""Reject: a Follow of ours was refused, or ended after it had been accepted (threats T035)."""

from federation.inbox.context import Received
from federation.inbox.handlers.answered import follow_answered_by
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Reject
from models.engine import WriteTx
from models.queries import actors
from models.queries.follows import FollowRow
from models.writes import feeds, follows

_REFUSES_MEMBERS = "discourse"
"""It answers a repeated Follow of somebody who is a member already with a Reject."""


async def apply(tx: WriteTx, received: Received[Reject], _: None) -> list[Outgoing]:
    """End the follow, whatever its state; the list kept for a membership goes with it."""
    follow = await follow_answered_by(tx, received)
    if follow is None:
        return []
    if _may_be_a_misunderstanding(received, follow):
        return await _begin_anew(tx, received, follow)
    await follows.remove(tx, follow.id)
    await feeds.leave(tx, follow.follower_id, follow.target_id)
    return []


def _may_be_a_misunderstanding(received: Received[Reject], follow: FollowRow) -> bool:
    """The answer to a request that was sent a second time, and to no later one (spec/group-federation.md 5.2)."""
    peer = received.tools.peers.by_id(received.peer_id)
    is_repeated = not follow.is_accepted and follow.repeats == 1
    return is_repeated and peer is not None and peer.software == _REFUSES_MEMBERS


async def _begin_anew(tx: WriteTx, received: Received[Reject], follow: FollowRow) -> list[Outgoing]:
    follower = await actors.by_id(tx, follow.follower_id)
    if follower is None:
        return []
    undo = received.compose.undo_follow(follow.activity_uri, follower, received.actor)
    renewed = received.compose.new_follow(follower, received.actor)
    await follows.renew(tx, follow.id, renewed.uri)
    await follows.claim_repeat(tx, follow.id, follow.repeats)
    return [undo, renewed]
