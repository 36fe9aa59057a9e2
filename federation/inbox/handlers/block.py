"""Block: with a target, a ban from a community; without one, somebody does not want to meet one of our people."""

from federation.inbox import boosts
from federation.inbox.acts import Act, community_named, standing_in
from federation.inbox.context import Received, Tools
from federation.inbox.notice import tell_of_ban
from federation.transport.hosts import same_origin
from federation.vocab.markup import plain_text
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Block, Undo
from models.communities import HOST_ROLE
from models.engine import WriteTx
from models.gate import Verb, may
from models.moderation import BANNED, UNBANNED
from models.queries import actors, follows
from models.queries import moderation as moderated
from models.queries.actors import ActorRow
from models.writes import actors as actor_writes
from models.writes import feeds, moderation
from models.writes import follows as follow_writes
from models.writes.moderation_log import About


async def apply(tx: WriteTx, received: Received[Block], _: None) -> list[Outgoing]:
    """Ban somebody from a community of ours, or keep a personal block. Raises `Denied` (threats T038)."""
    if received.activity.target is not None:
        return await ban(tx, received.tools, Act.of(received))
    target = await actors.by_uri(tx, received.activity.object_id)
    if target is not None and target.is_local and not target.is_community:
        await _part(tx, received, target)
    return []


async def _part(tx: WriteTx, received: Received[Block], target: ActorRow) -> None:
    """They follow each other no longer; never passed on to anybody (spec/group-federation.md 10.3)."""
    block, actor = received.activity, received.actor
    if await actor_writes.is_buried(tx, block.id, actor.uri):
        return
    await moderation.block(tx, actor_id=actor.id, target_id=target.id, activity_uri=block.id, at=received.received_at)
    for follower, followed in ((actor.id, target.id), (target.id, actor.id)):
        known = await follows.find(tx, follower, followed)
        if known is not None:
            await follow_writes.remove(tx, known.id)
            await feeds.leave(tx, follower, followed)


async def ban(tx: WriteTx, tools: Tools, act: Act[Block]) -> list[Outgoing]:
    """Keep a ban, and hide what the person wrote if so said. Membership stays, or nobody there would hear of its end.

    Raises `Denied`.
    """
    block, base_url = act.activity, tools.runtime.config.base_url
    community = await community_named(tx, act, block.target or "")
    if community is None:
        if act.via is None and same_origin(block.target or "", base_url):
            raise act.refused("nobody is banned from more than a community here")
        return []
    lasts = block.ends_at - act.at if block.ends_at else None
    standing = await standing_in(tx, act, community)
    if not may(standing, Verb.BAN, lasts=lasts):
        raise act.refused("may not ban from this community")
    if (lasts is not None and lasts.total_seconds() <= 0) or await actor_writes.is_buried(tx, block.id, act.actor.uri):
        return []
    banned = await actors.by_uri(tx, block.object_id)
    if community.is_local and banned is not None and await _hosts(tx, banned, community):
        raise act.refused("a host is not banned")
    if block.id and await moderated.ban_by_activity(tx, block.id, act.actor.id) is not None:
        # It comes to the person's server by itself, and as the community passes it on.
        return []
    await moderation.ban(
        tx,
        community_id=community.id,
        actor_uri=block.object_id,
        by_id=act.actor.id,
        activity_uri=block.id,
        reason=plain_text(block.summary or ""),
        ends_at=block.ends_at,
        hides_data=block.remove_data,
        at=act.at,
    )
    await _hide_and_tell(tx, tools, act, community, banned, standing.role)
    return act.relayed(tools, community) + await boosts.settle(tx, tools.runtime, community, act.at)


async def _hide_and_tell(
    tx: WriteTx, tools: Tools, act: Act[Block], community: ActorRow, banned: ActorRow | None, role: str | None
) -> None:
    """What the person wrote goes if so said; in the log, and to the person."""
    block, reason = act.activity, plain_text(act.activity.summary or "")
    if block.remove_data and banned is not None:
        await moderation.take_out_all_of(
            tx, banned.id, community_id=community.id, by_id=act.actor.id, reason=reason, at=act.at
        )
    about = About(person_id=banned.id if banned else None, reason=reason, ends_at=block.ends_at)
    await act.note(tx, BANNED, community, role, about)
    if banned is not None:
        await tell_of_ban(tx, tools.runtime, banned, community, reason, ends_at=block.ends_at, at=act.at)


async def _hosts(tx: WriteTx, person: ActorRow, community: ActorRow) -> bool:
    return await follows.role_in(tx, person.id, community.id) == HOST_ROLE


async def lift(tx: WriteTx, tools: Tools, act: Act[Undo], block: Block) -> list[Outgoing]:
    """Undo of a Block, by whoever may take posts out and put them back in the community. Raises `Denied`."""
    if block.id:
        await actor_writes.bury(tx, block.id, block.actor, act.at)
    if block.target is not None:
        community = await community_named(tx, act, block.target)
        return await _unban(tx, tools, act, community, block.object_id)
    if block.actor != act.actor.uri:
        raise act.refused("undoes somebody else's block")
    target = await actors.by_uri(tx, block.object_id)
    if act.via is None and target is not None:
        await moderation.unblock(tx, act.actor.id, target.id)
    return []


async def lift_by_id(tx: WriteTx, tools: Tools, act: Act[Undo]) -> list[Outgoing] | None:
    """As `lift`, where only the Block's id was sent; None: the sender made no such Block."""
    uri = act.activity.object_id
    if await moderation.unblock_by_activity(tx, act.actor.id, uri):
        return []
    known = await moderated.ban_by_activity(tx, uri, act.actor.id)
    if known is None:
        return None
    return await _unban(tx, tools, act, await actors.by_id(tx, known.community_id), known.actor_uri)


async def _unban(
    tx: WriteTx, tools: Tools, act: Act[Undo], community: ActorRow | None, actor_uri: str
) -> list[Outgoing]:
    if community is None or not act.decides(community):
        return []
    standing = await standing_in(tx, act, community)
    if not may(standing, Verb.REMOVE):
        raise act.refused("may not lift bans in this community")
    if not await moderation.unban(tx, community.id, actor_uri):
        return []
    banned = await actors.by_uri(tx, actor_uri)
    await act.note(tx, UNBANNED, community, standing.role, About(person_id=banned.id if banned else None))
    if act.activity.restore_data and banned is not None:
        await moderation.put_back_all_of(tx, banned.id, community.id)
    return act.relayed(tools, community) + await boosts.settle(tx, tools.runtime, community, act.at)
