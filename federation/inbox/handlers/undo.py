"""Undo: the sender takes back something of their own (threats T033), or a moderator what another moderator did."""

from dataclasses import dataclass, replace

from msgspec import structs

from federation.errors import Denied
from federation.inbox.acts import Act
from federation.inbox.context import Received, Tools
from federation.inbox.early import wait_for
from federation.inbox.handlers import block, bring_back, delete, dislike, lock, unfollow
from federation.transport.hosts import same_origin
from federation.vocab.decode import decode
from federation.vocab.normalise import activity
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Activity, Block, Delete, Dislike, Follow, Like, Lock, Post, Undo
from models.engine import WriteTx
from models.gate import Operation
from models.notifications import FAVOURITE
from models.queries import actors, follows, interactions, posts, reception
from models.writes import actors as actor_writes
from models.writes import interactions as interaction_writes
from models.writes import notifications


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What an Undo says."""

    undo: Undo
    """With what it takes back, where only the id of that was sent and it is to be had here."""
    found: Post | None
    """Of a deletion that its author takes back: the post, as its own server serves it now."""


async def gather(received: Received[Undo]) -> TakenBack:
    """What is taken back. Raises `TryLater`."""
    undone = await _whole(received)
    return TakenBack(undone, await bring_back.found_again(received.tools, undone, received.budget))


async def _whole(received: Received[Undo]) -> Undo:
    """An id stands for what its sender said under it (spec/group-federation.md 9), as long as the body is kept. Rows of
    follows, likes and blocks know their ids themselves, and for longer.
    """
    undone = received.activity
    if undone.object is not None or not undone.object_id:
        return undone
    async with received.tools.runtime.db.read() as tx:
        body = await reception.body_of(tx, undone.object_id, received.actor.uri)
    said = activity(decode(body)) if body is not None else None
    return structs.replace(undone, object=said) if isinstance(said, Delete | Dislike | Lock) else undone


async def apply(tx: WriteTx, received: Received[Undo], taken_back: TakenBack) -> list[Outgoing]:
    """Undo what is known; what has not arrived yet is remembered as undone (threats T205). Raises `Denied`."""
    inner, act = taken_back.undo.object, replace(Act.of(received), activity=taken_back.undo)
    if isinstance(inner, Follow) or (inner is None and await _is_follow(tx, received)):
        return await unfollow.apply(tx, received, inner)
    if inner is None and (lifted := await block.lift_by_id(tx, received.tools, act)) is not None:
        return lifted
    return await undo(tx, received.tools, act, taken_back.found)


async def undo(tx: WriteTx, tools: Tools, act: Act[Undo], found: Post | None = None) -> list[Outgoing]:
    """Anything but a Follow, directly or as a community passed it on; `found`: what is there again. Raises `Denied`."""
    match act.activity.object:
        case Block() as blocked:
            return await block.lift(tx, tools, act, blocked)
        case Lock() as locked:
            return await lock.unlock(tx, tools, act, locked)
        case Delete() if found is not None:
            return await bring_back.bring_back(tx, tools, act, found)
        case Delete() as removed:
            return await delete.restore(tx, tools, act, removed)
        case Dislike() as disliked:
            _require_own(act, disliked)
            return await dislike.vote(tx, tools, act, disliked.object_id)
        case Like() | None as liked:
            _require_own(act, liked)
            return await _unlike(tx, tools, act, liked)
        case other:
            _require_own(act, other)
            return []


def _require_own(said: Act[Undo], inner: Activity | None) -> None:
    if inner is not None and inner.actor != said.actor.uri:
        raise Denied("undoes somebody else's activity", reason="not_authorized", activity=said.activity.id)


async def _is_follow(tx: WriteTx, received: Received[Undo]) -> bool:
    return await follows.by_activity_uri(tx, received.activity.object_id, received.actor.id) is not None


def _speaks_for_itself(act: Act[Undo]) -> bool:
    """A group vouches for likes inside it, but does not decide what others may still say elsewhere (T049)."""
    return act.via is None or same_origin(act.actor.uri, act.via.uri)


async def _unlike(tx: WriteTx, tools: Tools, act: Act[Undo], liked: Like | None) -> list[Outgoing]:
    """Take a like back; a community of ours relays that."""
    uri = act.activity.object_id
    if uri and _speaks_for_itself(act):
        await actor_writes.bury(tx, uri, act.actor.uri, act.at)
    post_uri = liked.object_id if liked else await interactions.liked_post_uri(tx, uri, act.actor.id)
    post = await posts.by_uri(tx, post_uri, Operation()) if post_uri else None
    if post is None and post_uri and not _speaks_for_itself(act):
        # The like, which may wait already, is not remembered as undone: it has its turn, and then this.
        await wait_for(tx, tools, act, post_uri)
    if post is None or (act.via is not None and post.community_id != act.via.id):
        return []
    if await interaction_writes.remove_like(tx, actor_id=act.actor.id, post_id=post.id) is None:
        return []
    if post.peer_id is None:
        await notifications.withdraw(
            tx, recipient_id=post.author_id, type_=FAVOURITE, actor_id=act.actor.id, post_id=post.id
        )
    community = await actors.by_id(tx, post.community_id) if post.community_id else None
    return act.relayed(tools, community, post) if community is not None else []
