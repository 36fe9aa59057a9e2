"""Taking in posts that others wrote: from their authors, or as a partner's community announces them.

Many at once: what has to be known is read in two statements, what is new is written in a handful. Where one post of a
batch is refused the processor rolls back and takes them one by one, so everything here may simply raise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from federation.errors import Denied
from federation.inbox import accepted, belonging, early, passed_on
from federation.inbox.blocked import require_unblocked
from federation.inbox.content import Setting, content_of, dated, emoji_urls, mention_links, poll_of
from federation.inbox.contested import Contested
from federation.inbox.context import Tools
from federation.inbox.incoming import Echo, Incoming, Share
from federation.inbox.listed import Listed, look_for
from federation.inbox.passed_on import PassedOn
from federation.inbox.readers import is_for_everybody, is_for_followers, mentioned_uris
from federation.inbox.unwelcome import Refused, unwelcome
from federation.transport.hosts import is_page_of, same_origin
from federation.vocab import types
from federation.vocab.audience import addressed_groups
from federation.vocab.compose import Composer, Said
from federation.vocab.outgoing import Outgoing, Showing
from federation.vocab.render import is_public
from federation.vocab.shapes import is_web_address
from models.communities import OPEN
from models.engine import WriteTx
from models.gate import Verb, may
from models.posts import COMMUNITY, DIRECT, FOLLOWERS
from models.queries import reception
from models.queries.actors import ActorRow
from models.queries.reception import AWAITED, KnownPost, Place
from models.questions import asks
from models.writes import backfilling, conversations, feeds, media, notifications, polls, posts
from models.writes.backfilling import Wanted
from models.writes.conversations import Heard, heard
from models.writes.polls import NewPoll
from models.writes.posts import NewPost, Wrapped

MESSAGES = ("ChatMessage",)
"""Kinds that are for their recipients alone, whatever else is said of them: never a community's."""


@dataclass(slots=True)
class _Batch:
    """What is known about a batch, and what is to be written for it."""

    tools: Tools
    places: dict[str, Place]
    by_id: dict[int, Place]
    known: dict[str, KnownPost]
    buried: set[tuple[str, str]]
    orphans: set[str]
    """Posts that replies wait for, here already or in this batch."""
    awaited: set[str]
    """Posts for which something else waits that came before them."""
    rows: list[NewPost] = field(default_factory=list)
    polls: list[NewPoll] = field(default_factory=list)
    placements: list[dict[str, object]] = field(default_factory=list)
    tellings: list[dict[str, object]] = field(default_factory=list)
    adoptions: list[NewPost] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    shown: set[int] = field(default_factory=set)
    """Posts that got their wrapper in this batch."""
    outgoings: list[Outgoing] = field(default_factory=list)
    passed_on: list[PassedOn] = field(default_factory=list)


async def take_in(tx: WriteTx, tools: Tools, items: Sequence[Incoming | Echo]) -> list[Outgoing]:
    """Store posts that are new, with their wrappers, feed entries and notifications; what our communities relay.

    A post that is here already is left as it is; an announcement of it adds the wrapper. A reply that accepts an answer
    is none, and what it answers may come with it. Raises `Denied`, and `Contested` for an id that is another author's.
    """
    accepting = [item for item in items if isinstance(item, Incoming) and accepted.looks_so(item.post)]
    if not accepting:
        return await _take_in(tx, tools, items)
    others = [item for item in items if not any(item is one for one in accepting)]
    outgoings = await _take_in(tx, tools, others) if others else []
    for item in accepting:
        done = await accepted.take(tx, tools, item)
        outgoings += await _take_in(tx, tools, [item]) if done is None else done
    return outgoings


async def _take_in(tx: WriteTx, tools: Tools, items: Sequence[Incoming | Echo]) -> list[Outgoing]:
    batch = await _look_up(tx, tools, items)
    for item in items:
        if isinstance(item, Echo):
            _show_known(batch, item.share, batch.known.get(item.post_uri), item.received_at)
        else:
            _take_one(batch, item)
    await posts.add(tx, batch.rows)
    await polls.add(tx, batch.polls)
    await media.add_pictures(tx, emoji_urls(row.details for row in batch.rows), tools.runtime.clock.now())
    await feeds.place(tx, batch.placements)
    await notifications.tell(tx, batch.tellings)
    await conversations.add(tx, _heard(batch))
    for row in batch.adoptions:
        await posts.adopt_replies(tx, row)
    missing = [one for one in batch.wanted if one.uri not in batch.known]
    await backfilling.want(tx, missing, tools.runtime.clock.now())
    await look_for(tx, batch.listed, tools.runtime.config.base_url, tools.runtime.clock.now())
    if batch.confirmed:
        await posts.confirm(tx, batch.confirmed)
    await early.recall(tx, tools, [row.uri for row in batch.rows if row.uri in batch.awaited])
    return [*batch.outgoings, *await passed_on.report(tx, tools, batch.passed_on)]


def _heard(batch: _Batch) -> list[Heard]:
    """The private posts among them, as they concern our people."""
    ours = {place.actor.id for place in batch.by_id.values() if place.actor.is_local and not place.actor.is_community}
    next_id, private = batch.tools.runtime.tokens.next_id, [row for row in batch.rows if row.audience == DIRECT]
    return [one for row in private for one in heard(row.as_row(), ours, next_id)]


async def _look_up(tx: WriteTx, tools: Tools, items: Sequence[Incoming | Echo]) -> _Batch:
    actor_uris: set[str] = set()
    post_uris: set[str] = set()
    for item in items:
        if item.share is not None:
            actor_uris.add(item.share.by.uri)
            post_uris.add(item.share.uri)
        if isinstance(item, Echo):
            post_uris.add(item.post_uri)
            continue
        actor_uris.add(item.author.uri)
        actor_uris.update(addressed_groups(item.post, item.activity))
        actor_uris.update(mention.href for mention in item.post.mentions)
        post_uris.add(item.post.id)
        if item.post.in_reply_to:
            post_uris.add(item.post.in_reply_to)
    author_ids = sorted({item.author.id for item in items if isinstance(item, Incoming)})
    now = tools.runtime.clock.now()
    places = await reception.places(tx, sorted(actor_uris), author_ids, now)
    rows = await reception.known_posts(tx, sorted(post_uris))
    by_id = {place.actor.id: place for place in places.values()}
    missing = {row.community_id for row in rows if row.community_id and row.community_id not in by_id}
    by_id |= await reception.communities(tx, sorted(missing), author_ids, now)
    return _Batch(
        tools=tools,
        places=places,
        by_id=by_id,
        known={row.uri: row for row in rows if row.buried_by is None and row.uri in post_uris},
        buried={(row.uri, row.buried_by) for row in rows if row.buried_by is not None},
        orphans={row.parent_uri for row in rows if row.parent_uri in post_uris and not row.is_linked},
        awaited={row.uri for row in rows if row.buried_by == AWAITED},
    )


def _take_one(batch: _Batch, item: Incoming) -> None:
    post = item.post
    require_unblocked(item.author)
    if post.is_vote or (item.share and post.kind in MESSAGES) or item.author.uri not in batch.places:
        # An author who is not there any more was deleted since this was read.
        return
    speakers = (item.author.uri, *((item.share.by.uri,) if item.share else ()))
    if any((post.id, speaker) in batch.buried for speaker in speakers):
        return
    known = batch.known.get(post.id)
    if known is not None:
        if known.author_id != item.author.id:
            raise Contested(post.id, known.author_id)
        _show_known(batch, item.share, known, item.received_at)
        return
    parent = batch.known.get(post.in_reply_to) if post.in_reply_to else None
    is_private = post.kind in MESSAGES or belonging.explains(item)
    place = None if is_private else belonging.community_of(item, parent, batch.places, batch.by_id)
    if place is None:
        if item.share is None:
            _add_personal(batch, *belonging.apart(item, parent))
        return
    if place.actor.is_local:
        _add_to_ours(batch, item, parent, place)
    else:
        _add_from_partner(batch, item, parent, place)


def _show_known(batch: _Batch, share: Share | None, known: KnownPost | None, received_at: datetime) -> None:
    """A partner's community announces a post that is here: ours to be confirmed, or one that came another way first."""
    if share is None or known is None or known.is_deleted:
        return
    if known.community_id != share.by.id:
        _note_passed_on(batch, share, known, received_at)
        return
    if not known.is_confirmed:
        batch.confirmed.append(known.id)
    if known.wrapper_id is None and known.parent_uri is None and known.id not in batch.shown:
        _add_wrapper(batch, share, Wrapped(known.id, known.audience, known.label, known.language), received_at, tags=[])


def _note_passed_on(batch: _Batch, share: Share, known: KnownPost, at: datetime) -> None:
    """What was said in a closed community of ours is not another community's to announce (threats T237)."""
    place = batch.by_id.get(known.community_id or 0)
    if place is not None and place.actor.is_local and place.actor.visibility != OPEN:
        batch.passed_on.append(PassedOn(known.id, known.uri, place.actor.id, share.by, share.uri, at))


def _add_to_ours(batch: _Batch, item: Incoming, parent: KnownPost | None, place: Place) -> None:
    """Somebody at a partner posts in a community of ours: members only, and then the community relays it."""
    community = place.actor
    verb = Verb.REPLY if item.post.in_reply_to else Verb.POST
    if item.share is not None:
        raise Denied("announced by somebody else than its community", reason="not_authorized", uri=item.post.id)
    is_closed = parent is not None and parent.is_closed
    standing = place.standing_of(item.author.id)
    if not may(standing, verb, hosts_only=bool(community.hosts_only), is_closed=is_closed):
        why = "member" if standing.role is None else "banned" if standing.is_banned or standing.reads_only else "closed"
        raise _unwelcome(batch, item, place, "author may not write there", why)
    if parent is None and (objection := belonging.objection(item, community, batch.places)):
        raise _unwelcome(batch, item, place, "not of this community, or not of it alone", objection)
    if item.raw is None:
        # Only looked up: it counts when its author sends it, and can be passed on then.
        return
    if (community.visibility == OPEN) != is_for_everybody(item.post, item.activity):
        raise _unwelcome(batch, item, place, "addressed to others than the community is open to", "audience")
    row = _add_row(batch, item, parent, community_id=community.id, audience=COMMUNITY)
    compose = Composer(batch.tools.runtime, item.received_at)
    showing: Showing | None = None
    if not item.post.in_reply_to:
        showing = Showing.new(batch.tools.runtime, item.received_at)
        share = Share(community, showing.whole[1], item.received_at)
        _add_wrapper(batch, share, row.as_wrapped(), item.received_at, tags=row.tags, showing=showing)
    said = Said(row.as_row(), item.author, community)
    batch.outgoings += compose.announce(community, item.raw, said, inner_type="Create", showing=showing)


def _unwelcome(batch: _Batch, item: Incoming, place: Place, message: str, why: str) -> Denied:
    """Its author is told, unless the post was only looked up."""
    if item.raw is None:
        return Denied(message, reason="not_authorized", uri=item.post.id)
    knows, runtime = item.author.id in place.roles, batch.tools.runtime
    whom = Refused(place.actor, item.author, item.post.id)
    return unwelcome(runtime, item.received_at, message, whom, why=why, knows=knows)


def _add_from_partner(batch: _Batch, item: Incoming, parent: KnownPost | None, place: Place) -> None:
    """A post in a partner's community counts when that community shows it, and somebody here is a member."""
    share = item.share
    if share is None:
        return
    if share.by.id != place.actor.id:
        raise Denied("community shows a post of another one", reason="not_authorized", uri=item.post.id)
    if not place.has_local_followers:
        return
    if place.actor.visibility == OPEN and not is_for_everybody(item.post, item.activity):
        raise Denied("not public, shown in an open community", reason="not_authorized", uri=item.post.id)
    row = _add_row(batch, item, parent, community_id=place.actor.id, audience=COMMUNITY)
    if item.post.listed_replies:
        batch.listed.append(Listed(place.actor.id, item.post.listed_replies))
    if not item.post.in_reply_to:
        _add_wrapper(batch, share, row.as_wrapped(), item.received_at, tags=row.tags)
    elif parent is None and not item.is_looked_up and is_web_address(item.post.in_reply_to):
        listed = row.context_uri if row.context_uri and same_origin(row.context_uri, place.actor.uri) else None
        batch.wanted.append(Wanted(place.actor.id, item.post.in_reply_to, list_address=listed))


def _add_personal(batch: _Batch, item: Incoming, parent: KnownPost | None) -> None:
    """A post outside of communities: for the author's followers here, the people here whom it mentions or answers."""
    post = item.post
    author = batch.places.get(item.author.uri)
    readers = [place.actor for uri in mentioned_uris(post) if (place := batch.places.get(uri)) and place.actor.is_local]
    to_followers = is_for_everybody(item.post, item.activity) or is_for_followers(
        item.post, item.activity, item.author.followers_url
    )
    answers_ours = parent is not None and parent.peer_id is None and not parent.is_deleted
    if not (readers or answers_ours or (to_followers and author is not None and author.has_local_followers)):
        return
    row = _add_row(batch, item, parent, community_id=None, audience=FOLLOWERS if to_followers else DIRECT)
    if to_followers and not post.in_reply_to:
        entry = feeds.placement(entry_id=row.id, followers_of=item.author.id, language=row.language, tags=row.tags)
        batch.placements.append(entry)


def _add_row(
    batch: _Batch, item: Incoming, parent: KnownPost | None, *, community_id: int | None, audience: str
) -> NewPost:
    post, now = item.post, batch.tools.runtime.clock.now()
    published = dated(post.published or item.received_at, item.received_at, now)
    post_id = batch.tools.runtime.tokens.next_id(published)
    people = [batch.places[uri].actor for uri in mentioned_uris(post) if uri in batch.places]
    thread_id = post_id if not post.in_reply_to else (parent.thread_id if parent else None)
    home = batch.by_id.get(community_id) if community_id else None
    content = content_of(post, _setting(batch, post, community_id, people))
    row = NewPost(
        id=post_id,
        uri=post.id,
        url=post.url if post.url and is_page_of(post.url, post.id) else post.id,
        author_id=item.author.id,
        peer_id=item.peer_id,
        audience=audience,
        community_id=community_id,
        parent_id=parent.id if parent else None,
        parent_uri=post.in_reply_to,
        thread_id=thread_id,
        context_uri=post.context if post.context and is_web_address(post.context) else None,
        is_closed=parent is not None and parent.is_closed,
        label=max(post.label, parent.label if parent else 0, home.actor.label or 0 if home else 0),
        mentioned=[person.id for person in people if person.id != community_id],
        published_at=published,
        edited_at=post.updated if post.updated and post.updated > published else None,
        received_at=item.received_at,
        is_question=community_id is not None and not post.in_reply_to and asks(content.title, content.tags),
        **msgspec.structs.asdict(content),
    )
    _keep_row(batch, item, row, parent)
    _notify(batch, item, row, parent)
    return row


def _keep_row(batch: _Batch, item: Incoming, row: NewPost, parent: KnownPost | None) -> None:
    post = item.post
    batch.rows.append(row)
    if poll := poll_of(post, row.id, item.received_at):
        batch.polls.append(poll)
    batch.known[post.id] = row.as_known()
    if post.in_reply_to and parent is None:
        # What it answers may come later in this very batch.
        batch.orphans.add(post.in_reply_to)
    if post.id in batch.orphans:
        batch.adoptions.append(row)


def _setting(batch: _Batch, post: types.Post, community_id: int | None, people: Sequence[ActorRow]) -> Setting:
    is_thread = community_id is not None and not post.in_reply_to
    return Setting(
        base_url=batch.tools.runtime.config.base_url,
        titled_in=batch.by_id[community_id].actor.acct if community_id is not None and is_thread else None,
        mentions=mention_links(people),
    )


def _add_wrapper(
    batch: _Batch,
    share: Share,
    wrapped: Wrapped,
    received_at: datetime,
    *,
    tags: list[str],
    showing: Showing | None = None,
) -> None:
    if share.uri in batch.known:
        raise Contested(share.uri, batch.known[share.uri].author_id)
    runtime = batch.tools.runtime
    at = dated(share.at, received_at, runtime.clock.now())
    number = showing.whole[0] if showing else runtime.tokens.next_id(at)
    batch.rows.append(
        posts.wrapper(
            wrapped,
            wrapper_id=number,
            uri=share.uri,
            community_id=share.by.id,
            peer_id=share.by.peer_id,
            at=at,
            received_at=received_at,
            boost_id=showing.by_id[0] if showing and is_public(share.by) else None,
        )
    )
    batch.shown.add(wrapped.post_id)
    batch.known[share.uri] = batch.rows[-1].as_known()
    entry = feeds.placement(entry_id=number, followers_of=share.by.id, language=wrapped.language, tags=tags)
    batch.placements.append(entry)
    place = batch.by_id.get(share.by.id)
    if place is not None and place.has_watchers:
        batch.tellings.append(notifications.telling(at=at, shown=(share.by.id, number)))


def _notify(batch: _Batch, item: Incoming, row: NewPost, parent: KnownPost | None) -> None:
    """Who is answered and the people named hear of it, if they are ours; whether they may read it the gate says."""
    recipients: dict[int, None] = {}
    if parent is not None and parent.peer_id is None and not parent.is_deleted:
        recipients[parent.author_id] = None
    for uri in mentioned_uris(item.post):
        place = batch.places.get(uri)
        if place is not None and place.actor.is_local and not place.actor.is_community:
            recipients[place.actor.id] = None
    recipients.pop(item.author.id, None)
    if recipients:
        told = notifications.telling(
            at=item.received_at, author_id=item.author.id, post_id=row.id, named=list(recipients)
        )
        batch.tellings.append(told)
