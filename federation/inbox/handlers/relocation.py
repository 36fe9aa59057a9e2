"""Move of a thread: a partner's community hands it to another one of the same server, or makes one of a reply.

The community itself has to say it, of what it showed. Whoever here reads the new one read the old one; what a partner
may do with what our people wrote there is not more than before, so that nothing goes where more people read.
"""

from federation.errors import Denied
from federation.inbox import notice
from federation.inbox.context import Received
from federation.transport.hosts import same_origin
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Move
from models.communities import VISIBILITIES
from models.engine import WriteTx
from models.gate import Operation
from models.queries import actors, follows, posts, relocating
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import posts as post_writes
from models.writes import relocating as writing
from models.writes.posts import Wrapped
from models.writes.relocating import Destination


async def apply(tx: WriteTx, received: Received[Move]) -> list[Outgoing]:
    """Put it where it is now. Nothing where it is not here, or is there already: what we may not have is called back.

    Raises `Denied` for a thread of another community's, and for one that more people would read.
    """
    move, source = received.activity, received.actor
    if move.origin != source.uri or not source.is_community or source.is_local:
        raise Denied("moves what is another's", reason="not_authorized", uri=move.object_id)
    post = await posts.by_uri(tx, move.object_id, Operation())
    target = await actors.by_uri(tx, move.target or "")
    if post is None or target is None or post.community_id != source.id or not target.is_community:
        return []
    if target.peer_id != source.peer_id:
        raise Denied("moves to another server's community", reason="not_authorized", uri=target.uri)
    if _openness(target) > _openness(source):
        raise Denied("moves to where more people read", reason="not_authorized", uri=target.uri)
    if not await follows.has_local_follower(tx, target.id):
        return []
    await _relocate(tx, received, post, target)
    author = await actors.by_id(tx, post.author_id)
    if author is not None:
        reason = move.summary or ""
        told = notice.Relocated(source, target, post, reason)
        await notice.tell_of_relocation(tx, received.tools.runtime, author, told, at=received.received_at)
    return []


async def _relocate(tx: WriteTx, received: Received[Move], post: PostRow, target: ActorRow) -> None:
    at, context = received.received_at, received.activity.context
    wrapper = post_writes.wrapper(
        Wrapped(post.id, post.audience, post.label, post.language),
        wrapper_id=received.new_id(at),
        uri=received.activity.id,
        community_id=target.id,
        peer_id=target.peer_id,
        at=at,
        received_at=at,
    )
    destination = Destination(
        community_id=target.id,
        label=target.label or 0,
        context_uri=context if context and same_origin(context, target.uri) else None,
        wrapper=wrapper,
    )
    await writing.relocate(tx, post, await relocating.branch(tx, post.id), destination, at)


def _openness(community: ActorRow) -> int:
    """Higher where more people read."""
    return -VISIBILITIES.index(community.visibility or VISIBILITIES[-1])
