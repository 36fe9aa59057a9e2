"""Create: somebody at a partner wrote a post. The post itself is taken in by `posting`, together with others."""

from federation.errors import Denied, Malformed
from federation.inbox.acts import Act
from federation.inbox.context import Received
from federation.inbox.handlers import vote
from federation.inbox.handlers.vote import Ballot
from federation.inbox.incoming import Incoming
from federation.transport.hosts import same_origin
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Create, Post
from models.engine import WriteTx


async def gather(received: Received[Create]) -> list[Incoming | Ballot]:
    """The post, or the votes, if the sender may speak for it: one author, the signer, and an id on their origin
    (T029, T030).

    Raises `Denied`, `Malformed`.
    """
    create = received.activity
    if create.object is None:
        raise Malformed("Create without its object", reason="shape", activity=create.id)
    if not isinstance(create.object, Post):
        return []
    check_author(create.object, received.actor.uri)
    if create.object.is_vote:
        return [_ballot(received, create.object)]
    incoming = Incoming(
        post=create.object,
        author=received.actor,
        activity=create,
        raw=received.raw,
        share=None,
        received_at=received.received_at,
    )
    return [incoming]


def _ballot(received: Received[Create], first: Post) -> Ballot:
    votes = (first, *received.activity.further_votes)
    for one in votes:
        check_author(one, received.actor.uri)
        if one.in_reply_to != first.in_reply_to:
            raise Malformed("votes in several polls", reason="shape", activity=received.activity.id)
    return Ballot(votes)


async def apply(tx: WriteTx, received: Received[Create], gathered: list[Incoming | Ballot]) -> list[Outgoing]:
    """Count votes. New posts are taken in by the processor, together with others."""
    for one in gathered:
        if isinstance(one, Ballot):
            await vote.apply(tx, received.tools, Act.of(received), one)
    return []


def check_author(post: Post, actor_uri: str) -> None:
    """Raises `Denied` for a post that its sender cannot have written."""
    if post.attributed_to != actor_uri:
        raise Denied("post of another author", reason="origin_mismatch", uri=post.id, author=post.attributed_to)
    if not same_origin(post.id, actor_uri):
        raise Denied("post id of another origin", reason="origin_mismatch", uri=post.id)
