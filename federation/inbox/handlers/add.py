"""Add: a thread is pinned, or somebody is made a moderator, by adding to the collection of that (FEP-1b12)."""

from federation.inbox.acts import Act, standing_in
from federation.inbox.context import Received, Tools
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Add, Remove
from models.communities import HOST_ROLE, MEMBER_ROLE, MODERATOR_ROLE
from models.engine import WriteTx
from models.gate import Operation, Verb, may
from models.queries import actors, follows, posts
from models.queries import moderation as moderated
from models.queries.actors import ActorRow
from models.queries.moderation import MOST_PINS
from models.queries.posts import PostRow
from models.writes import follows as follow_writes
from models.writes import moderation

FEATURED, MODERATORS = "featured", "moderators"


async def apply(tx: WriteTx, received: Received[Add], _: None) -> list[Outgoing]:
    """Add to a collection of a community of ours. Raises `Denied` (threats T037)."""
    return await change(tx, received.tools, Act.of(received))


async def change(tx: WriteTx, tools: Tools, act: Act[Add | Remove]) -> list[Outgoing]:
    """What an Add or a Remove does. A partner's moderators are not changed by it: their list is read again, whole."""
    community, which = await _collection(tx, act)
    if community is None or (which == MODERATORS and not community.is_local):
        return []
    verb = Verb.PIN if which == FEATURED else Verb.NAME_LEADERS
    if not may(await standing_in(tx, act, community), verb):
        raise act.refused(f"may not change the {which} of this community")
    if which == MODERATORS:
        return act.relayed(tools, community) if await _change_role(tx, act, community) else []
    post = await posts.by_uri(tx, act.activity.object_id, Operation())
    if post is None or post.community_id != community.id:
        raise act.refused("post is not in that community")
    if not await _change_pin(tx, act, community, post):
        return []
    return act.relayed(tools, community, post, is_kept=True)


async def _collection(tx: WriteTx, act: Act[Add | Remove]) -> tuple[ActorRow | None, str]:
    """Which collection of which community is meant; none for any other address."""
    target = act.activity.target or ""
    if act.via is not None:
        moderators_url, featured_url = await moderated.collections(tx, act.via.id)
        which = {moderators_url: MODERATORS, featured_url: FEATURED}.get(target, "")
        return (act.via, which) if which else (None, "")
    uri, _, which = target.rpartition("/")
    community = await actors.by_uri(tx, uri) if which in (FEATURED, MODERATORS) else None
    return (community, which) if act.decides(community) else (None, "")


async def _change_pin(tx: WriteTx, act: Act[Add | Remove], community: ActorRow, post: PostRow) -> bool:
    if isinstance(act.activity, Remove):
        return await moderation.unpin(tx, community.id, post.id)
    pinned = await moderated.pinned_ids(tx, community.id)
    if community.is_local and post.id not in pinned and len(pinned) >= MOST_PINS:
        raise act.refused(f"{MOST_PINS} threads are pinned already")
    return await moderation.pin(tx, community.id, post.id, act.at)


async def _change_role(tx: WriteTx, act: Act[Add | Remove], community: ActorRow) -> bool:
    """Only members are named: whom nobody let in does not get in by this (threats T178)."""
    person = await actors.by_uri(tx, act.activity.object_id)
    membership = await follows.find(tx, person.id, community.id) if person is not None else None
    if membership is None or not membership.is_accepted:
        raise act.refused("is no member of the community")
    if isinstance(act.activity, Add):
        return membership.role == MEMBER_ROLE and await _set_role(tx, membership.id, MODERATOR_ROLE)
    if membership.role == HOST_ROLE and await follows.hosts(tx, community.id) <= 1:
        raise act.refused("is the last host")
    return membership.role in (HOST_ROLE, MODERATOR_ROLE) and await _set_role(tx, membership.id, MEMBER_ROLE)


async def _set_role(tx: WriteTx, follow_id: int, role: str) -> bool:
    await follow_writes.change(tx, follow_id, role=role)
    return True
