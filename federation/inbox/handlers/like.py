"""Like: an actor likes a post. Keyed by actor and post, so it may be applied twice."""

from federation.inbox.acts import Act, standing_in
from federation.inbox.context import Kind, Received, Tools
from federation.inbox.early import wait_for
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Like
from models.engine import WriteTx
from models.gate import Operation, PeerServer, Verb, may
from models.notifications import FAVOURITE
from models.queries import actors, posts
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import actors as actor_writes
from models.writes import interactions, notifications


async def apply(tx: WriteTx, received: Received[Like], _: None) -> list[Outgoing]:
    """Count the like once; a community of ours relays it to its members."""
    return await like(tx, received.tools, Act.of(received))


async def like(tx: WriteTx, tools: Tools, act: Act[Like]) -> list[Outgoing]:
    """As `apply`. A like of an unknown and of an invisible post look the same from outside."""
    if await actor_writes.is_buried(tx, act.activity.id, act.actor.uri):
        return []
    place = await place_to_like(tx, act, act.activity.object_id)
    if place is None:
        await wait_for(tx, tools, act, act.activity.object_id)
        return []
    post, community = place
    is_new = await interactions.add_like(
        tx,
        like_id=tools.runtime.tokens.next_id(act.at),
        actor_id=act.actor.id,
        post_id=post.id,
        activity_uri=act.activity.id,
        at=act.at,
    )
    if not is_new:
        return []
    if post.peer_id is None and post.author_id != act.actor.id:
        notice = notifications.row(
            recipient_id=post.author_id, type_=FAVOURITE, actor_id=act.actor.id, post_id=post.id, at=act.at
        )
        await notifications.add(tx, [notice])
    return act.relayed(tools, community, post) if community is not None else []


async def place_to_like(tx: WriteTx, act: Act[Kind], post_uri: str) -> tuple[PostRow, ActorRow | None] | None:
    """The post and its community, if the sender may have an opinion of it; None: they may not, or there is none.

    In a community of ours members only; in a partner's what that community passes on, or what comes to us directly.
    """
    post = await posts.by_uri(tx, post_uri, Operation())
    if post is None:
        return None
    community = await actors.by_id(tx, post.community_id) if post.community_id else None
    if act.via is not None and (community is None or community.id != act.via.id):
        return None
    if community is None:
        return (post, None) if post.peer_id is not None or await _is_shown_to(tx, act.actor, post) else None
    standing = await standing_in(tx, act, community)
    if community.is_local:
        return (post, community) if may(standing, Verb.LIKE) else None
    # Who may read there is the community's to know, and it has passed the like on.
    is_hidden = act.via is None and post.peer_id is None and not await _is_shown_to(tx, act.actor, post)
    return None if standing.is_banned or is_hidden else (post, community)


async def _is_shown_to(tx: WriteTx, actor: ActorRow, post: PostRow) -> bool:
    """A post of ours outside of our communities: liked by whom it was sent to (threats R4)."""
    if actor.peer_id is None:
        return False
    return await posts.by_uri(tx, post.uri, PeerServer(actor.peer_id)) is not None
