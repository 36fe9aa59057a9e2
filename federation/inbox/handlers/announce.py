"""Announce: a partner's community passes on what its members do. Boosts by people are not shown here."""

from typing import TypeVar

import structlog

from federation.errors import FederationError
from federation.inbox import intake
from federation.inbox.acts import Act
from federation.inbox.announced import Believed, OurOwn, believe
from federation.inbox.context import Received
from federation.inbox.handlers import add, block, delete, dislike, flag, like, lock, undo, update
from federation.inbox.incoming import Echo, Incoming, Share
from federation.vocab import types
from federation.vocab.outgoing import Outgoing
from models.communities import NOWHERE
from models.engine import WriteTx
from models.queries import follows, moderation
from models.retention import CALLED_BACK
from models.writes import departures, inbox, keeping
from models.writes.actors import INDEXED_CHARACTERS

log = structlog.get_logger()

_LONGEST_ID = 2000
"""Leaves room in the column for the number of a post in a batch."""

_Said = TypeVar("_Said", bound=types.Activity)

Gathered = list[Incoming | Echo | Believed]


async def gather(received: Received[types.Announce]) -> Gathered:
    """What is new posts (`Incoming`), and what is said about posts. Raises `TryLater`."""
    if not received.actor.is_community or received.actor.is_local:
        return []
    believed = await believe(received)
    if any([await _changes_group(received, one.activity) for one in believed if isinstance(one, Believed)]):
        # What it says about itself is read at its own server, the list of its moderators with it.
        await received.tools.directory.fetch(received.actor.uri, received.budget)
    elif received.actor.scope == NOWHERE:
        await _look_again(received)
    return [_sort(received, one, number) for number, one in enumerate(believed)]


async def _look_again(received: Received[types.Announce]) -> None:
    """A community that was called back from our firm speaks to it: whether it is shared again, its document says, and
    whether its Update was lost or is on its way makes no difference. What was under way before finds none, and opens
    nothing.
    """
    try:
        await received.tools.directory.fetch(received.actor.uri, received.budget)
    except FederationError as error:
        log.info("community.withheld", community=received.actor.uri, why=str(error))


async def _changes_group(received: Received[types.Announce], activity: types.Activity | None) -> bool:
    match activity:
        case types.Update(object=types.Actor() as document):
            return document.id == received.actor.uri
        case types.Add() | types.Remove():
            async with received.tools.runtime.db.read() as tx:
                moderators_url, _ = await moderation.collections(tx, received.actor.id)
            return moderators_url is not None and activity.target == moderators_url
        case _:
            return False


def _sort(received: Received[types.Announce], one: Believed | OurOwn, number: int) -> Incoming | Echo | Believed:
    if isinstance(one, OurOwn):
        return Echo(one.post_uri, _share(received, number), received.received_at)
    if one.post is None or isinstance(one.activity, types.Update | types.Undo):
        return one
    return _incoming(received, one, one.post, number)


def _share(received: Received[types.Announce], number: int) -> Share:
    """The Announce itself; a batch shows several posts, and each needs an id of its own."""
    announce = received.activity
    uri = announce.id if number == 0 else f"{announce.id[:_LONGEST_ID]}#{number}"
    return Share(received.actor, uri, announce.published or received.received_at)


def _incoming(received: Received[types.Announce], one: Believed, post: types.Post, number: int = 0) -> Incoming:
    return Incoming(
        post=post,
        author=one.author,
        # Another server's people are not addressed by what the group says that they said, unless they prove it.
        activity=one.activity if one.is_at_home or one.is_proven else None,
        raw=None,
        share=_share(received, number),
        received_at=received.received_at,
        is_vouched=one.is_vouched,
    )


async def apply(tx: WriteTx, received: Received[types.Announce], gathered: Gathered) -> list[Outgoing]:
    """Apply what is said about posts of that community, if anybody here is a member of it.

    New posts of `gathered` are taken in by the processor, together with others.
    """
    others = [one for one in gathered if isinstance(one, Believed)]
    if others and await follows.has_local_follower(tx, received.actor.id):
        for one in others:
            if not await _was_undone_before(tx, received, one):
                await _apply_one(tx, received, one)
    return []


async def _was_undone_before(tx: WriteTx, received: Received[types.Announce], one: Believed) -> bool:
    """An Undo takes effect once, whichever way it comes: replayed, it would take back what was said since (T010).

    An id counts as seen only where it is shown to be the author's to use (T049).
    """
    if not isinstance(one.activity, types.Undo) or not one.activity.id:
        return False
    if len(one.activity.id) + len(one.author.uri) > INDEXED_CHARACTERS:
        return True
    if await inbox.is_applied(tx, one.activity.id, one.author.uri):
        return True
    if (one.is_at_home or one.is_proven) and one.author.peer_id is not None:
        await intake.note_applied(tx, one.activity, peer_id=one.author.peer_id, at=received.received_at)
    return False


async def _apply_one(tx: WriteTx, received: Received[types.Announce], one: Believed) -> None:
    tools = received.tools
    match one.activity:
        case types.Update() if one.post is not None:
            await update.apply_to_post(tx, tools, _incoming(received, one, one.post))
        case types.Update(object=types.Post() as post) as marked:
            await update.mark(tx, tools, _act(received, one, marked), post)
        case types.Delete() as deleted if deleted.object_id == received.actor.uri:
            await _dissolve(tx, received, one)
        case types.Delete() as deleted:
            await delete.delete(tx, tools, _act(received, one, deleted))
        case types.Like() as liked:
            await like.like(tx, tools, _act(received, one, liked))
        case types.Dislike() as disliked:
            await dislike.vote(tx, tools, _act(received, one, disliked), disliked.object_id)
        case types.Undo() as undone:
            await undo.undo(tx, tools, _act(received, one, undone), one.post)
        case types.Add() | types.Remove() as changed:
            await add.change(tx, tools, _act(received, one, changed))
        case types.Block(target=str()) as blocked:
            await block.ban(tx, tools, _act(received, one, blocked))
        case types.Flag() as flagged:
            await flag.report(tx, tools, _act(received, one, flagged))
        case types.Lock() as locked:
            await lock.lock(tx, tools, _act(received, one, locked))
        case _:
            pass


def _act(received: Received[types.Announce], one: Believed, activity: _Said) -> Act[_Said]:
    """The activity as said in the community that passed it on, and nowhere else."""
    receipt = received.activity.id, received.actor.uri
    return Act(activity, one.author, received.actor, None, received.received_at, receipt)


async def _dissolve(tx: WriteTx, received: Received[types.Announce], one: Believed) -> None:
    """The community is deleted: its own server's people say so, and nobody else's (spec 8, step 5)."""
    if one.is_at_home:
        await keeping.keep_all_of(
            tx, received.tools.runtime.vault, received.actor.id, received.received_at, why=CALLED_BACK
        )
        await departures.erase(tx, received.actor, received.received_at)
