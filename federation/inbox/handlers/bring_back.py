"""Undo of a Delete by the author: the post is there again, as its own server serves it now (group federation 9).

What it said is gone here, so that only its origin can say it again; and where it stood, in which thread and community,
is what it was.
"""

import msgspec

from federation.errors import Denied, Gone, Malformed
from federation.inbox import boosts, origin
from federation.inbox.acts import Act, standing_in
from federation.inbox.content import Content, content_of, emoji_urls, poll_of
from federation.inbox.context import Tools
from federation.inbox.handlers.update import setting_of
from federation.runtime import Budget
from federation.transport.hosts import same_origin
from federation.vocab import types
from federation.vocab.outgoing import Outgoing
from models.engine import ReadTx, WriteTx
from models.gate import Operation, Verb, may
from models.queries import actors, posts, reception
from models.queries import moderation as moderated
from models.queries.actors import ActorRow
from models.queries.reception import KnownPost
from models.writes import actors as actor_writes
from models.writes import feeds, media, polls, retractions
from models.writes import posts as post_writes


async def found_again(tools: Tools, undo: types.Undo, budget: Budget) -> types.Post | None:
    """The post whose deletion its author takes back, from its origin. None: it was never here, or is not there.

    Raises `TryLater` where one could not look.
    """
    removed = undo.object
    if not isinstance(removed, types.Delete) or removed.actor != undo.actor:
        return None
    async with tools.runtime.db.read() as tx:
        if await _deleted(tx, removed.object_id) is None:
            return None
    try:
        found = await origin.fetch(tools, removed.object_id, budget)
    except (Denied, Gone, Malformed):
        return None
    if not isinstance(found, types.Post) or found.attributed_to != undo.actor:
        return None
    return found if same_origin(found.id, undo.actor) else None


async def _deleted(tx: ReadTx, uri: str) -> KnownPost | None:
    rows = await reception.known_posts(tx, [uri])
    return next((row for row in rows if row.uri == uri and row.buried_by is None and row.is_deleted), None)


async def bring_back(tx: WriteTx, tools: Tools, act: Act[types.Undo], post: types.Post) -> list[Outgoing]:
    """Show it again, unless a moderator took it out as well. Raises `Denied`."""
    known = await _deleted(tx, post.id)
    if known is None or await moderated.removal(tx, Operation(), uri=post.id) is not None:
        return []
    if known.author_id != act.actor.id:
        raise act.refused("post of another author")
    community = await actors.by_id(tx, known.community_id) if known.community_id else None
    await _require_place(tx, act, community)
    for speaker in (act.actor.uri, *([act.via.uri] if act.via is not None else [])):
        await actor_writes.unbury(tx, post.id, speaker)
    content = content_of(post, await setting_of(tx, tools, post, known.parent_uri, community))
    await _show(tx, known, post, content, act)
    restored = await posts.by_uri(tx, post.id, Operation())
    if community is None:
        return []
    told = act.relayed(tools, community, restored, is_kept=True)
    return told + await boosts.settle(tx, tools.runtime, community, act.at)


async def _require_place(tx: WriteTx, act: Act[types.Undo], community: ActorRow | None) -> None:
    """In a community its author must still be one who may write there. Raises `Denied`."""
    if community is None:
        if act.via is not None:
            raise act.refused("post is not in that community")
        return
    if not act.decides(community):
        raise act.refused("post is not in that community")
    standing = await standing_in(tx, act, community)
    if standing.is_banned or (community.is_local and not may(standing, Verb.REPLY)):
        raise act.refused("author may not write there any more")


async def _show(tx: WriteTx, known: KnownPost, post: types.Post, content: Content, act: Act[types.Undo]) -> None:
    await post_writes.bring_back(tx, known.id, msgspec.structs.asdict(content))
    if post.label:
        await retractions.lift(tx, known.id, post.label, act.at)
    if known.wrapper_id is not None and known.community_id is not None:
        entry = feeds.placement(
            entry_id=known.wrapper_id,
            followers_of=known.community_id,
            language=content.language,
            tags=content.tags,
        )
        await feeds.place(tx, [entry])
    if poll := poll_of(post, known.id, act.at):
        await polls.add(tx, [poll])
    await media.add_pictures(tx, emoji_urls([content.details]), act.at)
