"""Update: a post says something else now, or an actor's profile changed."""

from datetime import datetime, timedelta

import msgspec

from federation.errors import Denied
from federation.inbox.acts import Act, place_of
from federation.inbox.content import Setting, content_of, emoji_urls, mention_links, poll_of
from federation.inbox.contested import Contested
from federation.inbox.context import Received, Tools
from federation.inbox.handlers.create import check_author
from federation.inbox.incoming import Incoming
from federation.inbox.posting import take_in
from federation.vocab import types
from federation.vocab.compose import Composer, Said
from federation.vocab.outgoing import Outgoing
from models.actors import PERSON
from models.engine import WriteTx
from models.gate import Operation, Standing, Verb, may
from models.queries import actors, posts
from models.queries.actors import ActorRow
from models.queries.polls import PollRow
from models.writes import actors as actor_writes
from models.writes import media, notifications, partings, polls, questions, retractions
from models.writes import posts as post_writes
from models.writes.polls import NewPoll

_SKEW = timedelta(minutes=5)


async def gather(received: Received[types.Update]) -> None:
    """A community that says that it changed is read again with its list of moderators, from its own server."""
    document = received.activity.object
    if isinstance(document, types.Actor) and document.is_group and document.id == received.actor.uri:
        await received.tools.directory.fetch(document.id, received.budget)


async def apply(tx: WriteTx, received: Received[types.Update], _: None) -> list[Outgoing]:
    """Change what the sender may change: their own post, or themselves; of others' posts in a community that they lead,
    whether it is sensitive. Raises `Denied` for anything else (T031).
    """
    match received.activity.object:
        case types.Post() as post if post.attributed_to != received.actor.uri:
            return await mark(tx, received.tools, Act.of(received), post)
        case types.Post() as post:
            item = Incoming(
                post=post,
                author=received.actor,
                activity=received.activity,
                raw=received.raw,
                share=None,
                received_at=received.received_at,
            )
            return await apply_to_post(tx, received.tools, item)
        case types.Actor() as document:
            return await _apply_to_actor(tx, received, document)
        case _:
            return []


async def apply_to_post(tx: WriteTx, tools: Tools, item: Incoming) -> list[Outgoing]:
    """Edit a known post; an unknown one is taken in as new. `item.share` names the community that passed it on.

    Raises `Denied`, and `Contested` where the post is another author's here (T031).
    """
    post = item.post
    check_author(post, item.author.uri)
    known = await posts.by_uri(tx, post.id, Operation())
    if known is None:
        return await take_in(tx, tools, [item])
    if not may(Standing(item.author.id, is_active=True, role=None), Verb.EDIT, author_id=known.author_id):
        raise Contested(post.id, known.author_id)
    if item.share is not None and known.community_id != item.share.by.id:
        raise Denied("post is not in that community", reason="not_authorized", uri=post.id)
    community = await actors.by_id(tx, known.community_id) if known.community_id else None
    is_lifted = post.label > known.label and await retractions.lift(tx, known.id, post.label, item.received_at)
    content = content_of(post, await setting_of(tx, tools, post, known.parent_uri, community))
    values = msgspec.structs.asdict(content)
    poll = poll_of(post, known.id, item.received_at)
    if poll is not None and await _count(tx, poll) and all(getattr(known, name) == values[name] for name in values):
        # Somebody voted: it says what it said before.
        return relay(tools, community, item, known)
    if await _accept(tx, known, post, item.received_at) and all(
        getattr(known, name) == values[name] for name in values
    ):
        return relay(tools, community, item, known)
    at = min(post.updated or item.received_at, tools.runtime.clock.now() + _SKEW)
    if not await post_writes.edit(tx, known.id, at, values):
        return relay(tools, community, item, known) if is_lifted else []
    await _ask_anew(tx, known, poll)
    await media.add_pictures(tx, emoji_urls([content.details]), item.received_at)
    await notifications.tell_admirers(tx, author_id=item.author.id, post_id=known.id, at=item.received_at)
    return relay(tools, community, item, known)


async def _accept(tx: WriteTx, known: posts.PostRow, post: types.Post, at: datetime) -> bool:
    """Take over which answer its author accepted; False: nothing is said of it. Only one of the same thread counts."""
    if post.accepted_answer is None or known.community_id is None or known.parent_uri is not None:
        return False
    answer = await posts.by_uri(tx, post.accepted_answer, Operation()) if post.accepted_answer else None
    if answer is not None and (answer.thread_id != known.id or answer.id == known.id):
        return False
    await questions.accept(tx, known.id, answer.id if answer else None, at)
    return True


async def mark(tx: WriteTx, tools: Tools, act: Act[types.Update], post: types.Post) -> list[Outgoing]:
    """Who leads a community says of somebody else's post there whether it is sensitive; nothing else of theirs counts
    (spec/group-federation.md 8, step 5). Raises `Denied`.
    """
    place = await place_of(tx, act, post.id)
    if place is None or not may(place.standing, Verb.REMOVE):
        raise act.refused("neither author nor moderator")
    if place.post.is_sensitive == post.sensitive:
        return []
    await post_writes.mark_sensitive(tx, place.post.id, post.sensitive)
    return act.relayed(tools, place.community, place.post)


async def setting_of(
    tx: WriteTx, tools: Tools, post: types.Post, parent_uri: str | None, community: ActorRow | None
) -> Setting:
    """Where a post stands that is here already: what it answers, and in which community."""
    named = await actors.of_uris(tx, sorted({mention.href for mention in post.mentions})) if post.mentions else {}
    is_thread = community is not None and not parent_uri
    return Setting(
        base_url=tools.runtime.config.base_url,
        titled_in=community.acct if community is not None and is_thread else None,
        mentions=mention_links(named.values()),
    )


async def _count(tx: WriteTx, poll: NewPoll) -> bool:
    """Take over the counts of a poll that asks what it asked before; False where it is another one."""
    stored = await polls.take(tx, poll.post_id)
    if stored is None or not _asks_the_same(stored, poll):
        return False
    ends = poll.expires_at or stored.expires_at
    await polls.set_counts(tx, poll.post_id, counts=poll.counts, voters=poll.voters, expires_at=ends)
    return True


def _asks_the_same(stored: PollRow, poll: NewPoll) -> bool:
    return (stored.options, stored.is_multiple) == (poll.options, poll.is_multiple)


async def _ask_anew(tx: WriteTx, known: posts.PostRow, poll: NewPoll | None) -> None:
    """Of an edit that is in force: another set of answers begins without votes (spec/group-federation.md 9)."""
    stored = await polls.take(tx, known.id)
    if poll is None and stored is not None:
        await polls.remove(tx, known.id)
    elif poll is not None and (stored is None or not _asks_the_same(stored, poll)):
        await polls.replace(tx, poll)


def relay(tools: Tools, community: ActorRow | None, item: Incoming, post: posts.PostRow) -> list[Outgoing]:
    """A community of ours passes an edit on."""
    if community is None or not community.is_local or item.raw is None:
        return []
    said = Said(post, item.author, community)
    return Composer(tools.runtime, item.received_at).announce(community, item.raw, said, inner_type="Update")


async def _apply_to_actor(tx: WriteTx, received: Received[types.Update], document: types.Actor) -> list[Outgoing]:
    """Actors speak for themselves alone; the new document may carry a new key (spec/signatures.md 4.3). What others
    say of a community of ours changes nothing: its settings are made here.
    """
    if document.id != received.actor.uri:
        raise Denied("profile of somebody else", reason="not_authorized", uri=document.id)
    directory, peer = received.tools.directory, received.tools.peers.by_id(received.peer_id)
    if await directory.is_late(tx, document):
        return []
    if peer is not None:
        await directory.store(tx, document, peer)
    if document.kind == PERSON:
        await _note_absence(tx, received, document)
    return []


async def _note_absence(tx: WriteTx, received: Received[types.Update], document: types.Actor) -> None:
    """Whoever has left there belongs to nothing here, also where the word of a single membership was lost. Then, and
    only then, their server may give them another name: what it calls a former colleague (product J11).
    """
    actor = received.actor
    if document.suspended:
        name = (document.preferred_username or actor.username).lower()[:200]
        await actor_writes.note_absence(tx, actor.id, username=name, since=received.received_at)
        await partings.end_all_of(tx, actor.id, received.received_at)
    elif actor.suspended_at is not None:
        await actor_writes.note_absence(tx, actor.id, username=actor.username, since=None)
