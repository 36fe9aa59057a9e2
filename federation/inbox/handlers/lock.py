"""Lock: a thread, or what is below a comment, is closed; only who leads the community goes on answering."""

from federation.inbox.acts import Act, Place, place_of
from federation.inbox.context import Kind, Received, Tools
from federation.inbox.early import wait_for
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Activity, Lock, Undo
from models.engine import WriteTx
from models.gate import Verb, may
from models.moderation import LOCKED, UNLOCKED
from models.queries import moderation as moderated
from models.writes import moderation
from models.writes.moderation_log import About


async def apply(tx: WriteTx, received: Received[Lock], _: None) -> list[Outgoing]:
    """Lock a post of a community of ours. Raises `Denied`."""
    return await lock(tx, received.tools, Act.of(received))


async def lock(tx: WriteTx, tools: Tools, act: Act[Lock]) -> list[Outgoing]:
    """Its author, as on Mbin, or who leads the community. Raises `Denied`."""
    place = await place_of(tx, act, act.activity.object_id)
    if place is None:
        await wait_for(tx, tools, act, act.activity.object_id)
        return []
    if not may(place.standing, Verb.LOCK, author_id=place.post.author_id):
        raise act.refused("neither author nor moderator")
    if not await moderation.lock(tx, place.post.id, act.at, by_author=act.actor.id == place.post.author_id):
        return []
    await _note(tx, act, LOCKED, place)
    return act.relayed(tools, place.community, place.post, is_kept=True)


async def unlock(tx: WriteTx, tools: Tools, act: Act[Undo], locked: Activity) -> list[Outgoing]:
    """Open it again: who locked it, or who leads the community. What the sender says of the lock does not tell whose it
    was (threats T033); in a partner's community its server has asked that. Raises `Denied`.
    """
    place = await place_of(tx, act, locked.object_id)
    if place is None:
        await wait_for(tx, tools, act, locked.object_id)
        return []
    is_own = locked.actor == act.actor.uri
    if is_own and place.community.is_local:
        is_own = await moderated.is_locked_by_author(tx, place.post.id)
    author_id = place.post.author_id if is_own else None
    if not may(place.standing, Verb.LOCK, author_id=author_id):
        raise act.refused("neither author nor moderator")
    if not await moderation.unlock(tx, place.post.id):
        return []
    await _note(tx, act, UNLOCKED, place)
    return act.relayed(tools, place.community, place.post, is_kept=True)


async def _note(tx: WriteTx, act: Act[Kind], done: str, place: Place) -> None:
    """What authors do with their own threads is no moderation."""
    if place.post.author_id != act.actor.id:
        about = About(person_id=place.post.author_id, post_id=place.post.id)
        await act.note(tx, done, place.community, place.standing.role, about)
