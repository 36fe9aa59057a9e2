"""Delete: a post or an actor is gone. Where somebody else than its author says so, a moderator took it out."""

from federation.errors import Denied
from federation.inbox import boosts
from federation.inbox.acts import Act, standing_in
from federation.inbox.context import Received, Tools
from federation.inbox.early import wait_for
from federation.inbox.notice import tell_of_removal
from federation.transport.hosts import same_origin
from federation.vocab.markup import plain_text
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Delete, Undo
from models.actors import APPLICATION
from models.engine import WriteTx
from models.gate import Operation, Standing, Verb, may
from models.moderation import REMOVED, RESTORED
from models.queries import actors, posts
from models.queries import moderation as moderated
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.retention import BY_AUTHOR, CALLED_BACK
from models.retractions import DELETED
from models.writes import actors as actor_writes
from models.writes import departures, feeds, keeping, moderation, retractions
from models.writes import posts as post_writes
from models.writes.moderation_log import About


async def apply(tx: WriteTx, received: Received[Delete], _: None) -> list[Outgoing]:
    """Delete what the sender may delete. Raises `Denied` (threats T032)."""
    uri = received.activity.object_id
    if uri == received.actor.uri:
        await keeping.keep_all_of(
            tx, received.tools.runtime.vault, received.actor.id, received.received_at, why=CALLED_BACK
        )
        await departures.erase(tx, received.actor, received.received_at)
        return []
    if await actors.by_uri(tx, uri) is not None:
        raise Denied("actors delete themselves only", reason="not_authorized", uri=uri)
    return await delete(tx, received.tools, Act.of(received))


async def delete(tx: WriteTx, tools: Tools, act: Act[Delete]) -> list[Outgoing]:
    """The author, or who leads the community that the post is in. Before its Create the Delete is remembered (T204)."""
    known = await posts.by_uri(tx, act.activity.object_id, Operation())
    if known is None:
        # Before it is known whose post it is: who leads the community may say this of anybody's.
        await wait_for(tx, tools, act, act.activity.object_id)
        await _delete_unseen(tx, tools, act)
        return []
    community = await actors.by_id(tx, known.community_id) if known.community_id else None
    if act.actor.id != known.author_id:
        return await _take_out(tx, tools, act, known, community)
    if act.via is not None and not act.decides(community):
        raise act.refused("post is not in that community")
    if not may(Standing(act.actor.id, is_active=True, role=None), Verb.DELETE, author_id=known.author_id):
        raise act.refused("neither author nor moderator")
    await feeds.take_out(tx, known.id)
    if community is not None and community.is_local:
        await retractions.of_post(tx, known.id, DELETED, act.at)
    await keeping.keep_posts(tx, tools.runtime.vault, [known.id], act.at, why=BY_AUTHOR)
    await post_writes.remove(tx, known.id, act.at)
    await actor_writes.bury(tx, known.uri, act.actor.uri, act.at)
    if community is None:
        return []
    told = act.relayed(tools, community, known, is_kept=True)
    return told + await boosts.settle(tx, tools.runtime, community, act.at)


async def _take_out(
    tx: WriteTx, tools: Tools, act: Act[Delete], post: PostRow, community: ActorRow | None
) -> list[Outgoing]:
    """A removal: hidden, with its text kept for the community's moderators, until it is taken back."""
    if community is None or not act.decides(community):
        raise act.refused("neither author nor moderator")
    standing, reason = await standing_in(tx, act, community), plain_text(act.activity.summary or "")
    if not may(standing, Verb.REMOVE) and not _withdraws(act, post):
        raise act.refused("neither author nor moderator")
    is_done = await moderation.take_out(
        tx,
        post.id,
        community_id=community.id,
        by_id=act.actor.id,
        reason=reason,
        at=act.at,
        with_replies=act.activity.with_replies,
    )
    if is_done:
        about = About(person_id=post.author_id, post_id=post.id, reason=reason)
        await act.note(tx, REMOVED, community, standing.role, about)
    author = await actors.by_id(tx, post.author_id)
    if is_done and author is not None:
        await tell_of_removal(tx, tools.runtime, author, community, post, reason, at=act.at)
    if not is_done:
        return []
    told = act.relayed(tools, community, post, is_kept=True)
    return told + await boosts.settle(tx, tools.runtime, community, act.at)


def _withdraws(act: Act[Delete], post: PostRow) -> bool:
    """A firm's own server takes back what one of its people wrote (product section 9). Anybody else there may not:
    to be of the same host is not enough (threats T032).
    """
    return act.actor.type == APPLICATION and same_origin(act.actor.uri, post.uri)


async def _delete_unseen(tx: WriteTx, tools: Tools, act: Act[Delete]) -> None:
    """What is not there, or was taken out: its author's word counts for good. A group binds what it shows itself, and
    what its own server's people say; nobody else's words (T049).
    """
    uri = act.activity.object_id
    hidden = await moderated.removal(tx, Operation(), uri=uri)
    if hidden is not None:
        if hidden.post.author_id != act.actor.id:
            return
        await keeping.keep_posts(tx, tools.runtime.vault, [hidden.post.id], act.at, why=BY_AUTHOR)
        await moderation.forget_removal(tx, hidden.post.id)
        await post_writes.remove(tx, hidden.post.id, act.at)
    if act.via is not None:
        await actor_writes.bury(tx, uri, act.via.uri, act.at)
    if act.via is None or same_origin(act.actor.uri, act.via.uri):
        await actor_writes.bury(tx, uri, act.actor.uri, act.at)


async def restore(tx: WriteTx, tools: Tools, act: Act[Undo], removed: Delete) -> list[Outgoing]:
    """Undo of a removal: by whoever may take posts out of that community. Raises `Denied`."""
    hidden = await moderated.removal(tx, Operation(), uri=removed.object_id)
    if hidden is None:
        return []
    community = await actors.by_id(tx, hidden.post.community_id or 0)
    if community is None or not act.decides(community):
        return []
    withdrew = removed.actor == act.actor.uri and act.actor.type == APPLICATION
    standing = await standing_in(tx, act, community)
    if not may(standing, Verb.REMOVE) and not withdrew:
        raise act.refused("may not put back posts of this community")
    if not await moderation.put_back(tx, hidden.post.id):
        return []
    about = About(person_id=hidden.post.author_id, post_id=hidden.post.id)
    await act.note(tx, RESTORED, community, standing.role, about)
    told = act.relayed(tools, community, hidden.post, is_kept=True)
    return told + await boosts.settle(tx, tools.runtime, community, act.at)
