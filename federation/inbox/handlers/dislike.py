"""Dislike: votes against are not shown here. The last vote counts, so it takes an earlier Like back."""

from federation.inbox.acts import Act
from federation.inbox.context import Received, Tools
from federation.inbox.early import wait_for
from federation.inbox.handlers.like import place_to_like
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Dislike, Undo
from models.engine import WriteTx
from models.notifications import FAVOURITE
from models.writes import interactions, notifications


async def apply(tx: WriteTx, received: Received[Dislike], _: None) -> list[Outgoing]:
    """Forget the sender's like of the post; a community of ours relays the vote."""
    return await vote(tx, received.tools, Act.of(received), received.activity.object_id)


async def vote(tx: WriteTx, tools: Tools, act: Act[Dislike | Undo], post_uri: str) -> list[Outgoing]:
    """A vote against, or one taken back, which changes nothing here and is passed on all the same."""
    place = await place_to_like(tx, act, post_uri)
    if place is None:
        await wait_for(tx, tools, act, post_uri)
        return []
    post, community = place
    if isinstance(act.activity, Dislike) and await interactions.remove_like(tx, actor_id=act.actor.id, post_id=post.id):
        await notifications.withdraw(
            tx, recipient_id=post.author_id, type_=FAVOURITE, actor_id=act.actor.id, post_id=post.id
        )
    return act.relayed(tools, community, post) if community is not None else []
