"""Which of our follows an Accept or a Reject answers (spec/group-federation.md 5.2)."""

from federation.inbox.context import Received
from federation.vocab.types import Accept, Activity, Reject
from models.engine import ReadTx
from models.queries import actors, follows
from models.queries.follows import FollowRow


async def follow_answered_by(tx: ReadTx, received: Received[Accept | Reject]) -> FollowRow | None:
    """The follow of the sender, by one of our people, that is meant; None where there is none.

    Some peers quote only the Follow's id, some embed a copy whose id was rewritten: the two actors decide then.
    """
    answer = received.activity
    inner: Activity | None = answer.object
    for uri in dict.fromkeys((answer.object_id, inner.id if inner else "")):
        follow = await follows.by_answered_uri(tx, uri, received.actor.id) if uri else None
        if follow is not None:
            return follow
    if inner is None or inner.object_id != received.actor.uri:
        return None
    follower = await actors.by_uri(tx, inner.actor)
    if follower is None or not follower.is_local:
        return None
    return await follows.find(tx, follower.id, received.actor.id)
