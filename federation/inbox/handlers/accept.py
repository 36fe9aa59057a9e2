"""Accept: a Follow of ours was granted. Only the actor that was asked can grant it (threats T034, T178)."""

from federation.inbox.context import Received
from federation.inbox.handlers.answered import follow_answered_by
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Accept
from models.communities import OPEN
from models.engine import WriteTx
from models.notifications import FOLLOW
from models.writes import follows, invitations, notifications


async def apply(tx: WriteTx, received: Received[Accept], _: None) -> list[Outgoing]:
    """Mark the follow accepted. An Accept of something that we did not send has no effect."""
    follow = await follow_answered_by(tx, received)
    if follow is not None:
        await follows.accept(tx, follow.id, received.received_at)
        waited = received.actor.is_community and received.actor.visibility != OPEN and not follow.is_accepted
        if waited:
            told = notifications.row(
                recipient_id=follow.follower_id, type_=FOLLOW, actor_id=received.actor.id, at=received.received_at
            )
            await notifications.add(tx, [told])
        await invitations.take(tx, follow.target_id, follow.follower_id)
    return []
