"""Moving a thread to another community, and making a thread of a reply (product J8, section 9).

Nobody reads more by it: a thread goes where only people read who may read it now, and who wrote in it reads on. Whoever
leads both communities moves, so that nothing comes into a community past those who answer for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from federation.inbox import boosts, notice
from federation.outbox.publish import publish
from federation.vocab.compose import Said
from federation.vocab.moderating import Moderating
from federation.vocab.outgoing import Showing
from federation.vocab.render import is_public
from models.communities import SCOPES, VISIBILITIES
from models.engine import ReadTx, WriteTx
from models.gate import Person, Verb
from models.moderation import MOVED_IN, MOVED_OUT, SPLIT
from models.posts import QUESTION
from models.queries import actors, communities, follows, polls, posts, relocating
from models.queries.actors import ActorRow
from models.queries.communities import CommunityRow
from models.queries.posts import PostRow
from models.retention import BY_HOSTS
from models.writes import keeping, notifications, retractions
from models.writes import posts as post_writes
from models.writes import relocating as writing
from models.writes.moderation_log import About
from models.writes.posts import Wrapped
from models.writes.relocating import Destination
from server.actions.moderation import MAX_REASON, seat
from server.actions.refusals import Invalid, NotThere
from server.actions.seats import Here, Seat, log_act, note
from server.http.languages import to_translate

_NO_REASON: Final = to_translate("Say why: the author reads it.")


@dataclass(frozen=True, slots=True)
class _Going:
    """What goes where, and why."""

    place: Seat
    """Of whoever does it, where it is now."""
    community: ActorRow
    """Where it goes; of what only becomes a thread, the same."""
    post: PostRow
    branch: Sequence[int]
    """The post and what is below it."""
    reason: str


async def targets(tx: ReadTx, viewer: Person, post: PostRow) -> list[ActorRow]:
    """The other communities of ours to which somebody could bring a thread, as far as their place in them says."""
    if post.parent_uri is not None:
        return []
    return [one for one in await follows.led(tx, viewer.person_id) if one.id != post.community_id]


async def move(tx: WriteTx, here: Here, viewer: Person, post: PostRow, target_id: int, reason: str) -> None:
    """A whole thread stands in another community from now on, for those who are members there now.

    Raises `NotThere` for a community that the viewer may not know of, `NotAllowed`, and `Invalid` where somebody would
    read what they may not read now.
    """
    place = await seat(tx, here, viewer, post.community_id or 0)
    place.require(Verb.MOVE)
    source, destination = [await communities.one(tx, one, viewer) for one in (place.community.id, target_id)]
    if source is None or destination is None:
        raise NotThere()
    target = await seat(tx, here, viewer, target_id)
    # Both: who leads a community answers for what comes into it.
    target.require(Verb.MOVE)
    target.require(Verb.POST)
    _check(post, place, target, reason)
    await log_act(tx, place, "move-thread", post.uri, target=target.community.acct)
    branch = await relocating.branch(tx, post.id)
    await _refuse_widening(tx, source, destination, branch)
    # Cases are about communities: what one of them holds stays with it.
    await keeping.keep_posts(tx, here.vault, branch, place.at, why=BY_HOSTS)
    await retractions.of_relocation(tx, branch, target.community.id, place.at)
    going = _Going(place, target.community, post, branch, reason[:MAX_REASON])
    await _relocate(tx, here, going)
    about = About(person_id=post.author_id, post_id=post.id, reason=going.reason)
    await note(tx, place, MOVED_OUT, about)
    await note(tx, target, MOVED_IN, about)


async def split(tx: WriteTx, here: Here, place: Seat, post: PostRow, reason: str) -> None:
    """A reply, with what is below it, is a thread of its own in the same community. Raises `NotAllowed`, `Invalid`."""
    place.require(Verb.MOVE)
    if post.parent_uri is None:
        raise Invalid(to_translate("This opens a thread already."))
    if not reason.strip():
        raise Invalid(_NO_REASON)
    await log_act(tx, place, "split-thread", post.uri)
    branch = await relocating.branch(tx, post.id)
    going = _Going(place, place.community, post, branch, reason[:MAX_REASON])
    await _relocate(tx, here, going)
    await note(tx, place, SPLIT, About(person_id=post.author_id, post_id=post.id, reason=going.reason))


def _check(post: PostRow, place: Seat, target: Seat, reason: str) -> None:
    if not reason.strip():
        raise Invalid(_NO_REASON)
    if post.parent_uri is not None:
        raise Invalid(to_translate("Only a whole thread is moved: make one of this answer first."))
    if target.community.id == place.community.id:
        raise Invalid(to_translate("It is in this community already."))


async def _refuse_widening(tx: WriteTx, source: CommunityRow, target: CommunityRow, branch: Sequence[int]) -> None:
    """Raises `Invalid` with what stands against it."""
    names = {"source": source.actor.acct, "target": target.actor.acct}
    found = await relocating.obstacles(tx, branch, source.actor.id, target.actor.id)
    reasons = (
        (
            any(after > before for before, after in zip(_openness(source), _openness(target), strict=True)),
            to_translate("%(target)s is open to more people than %(source)s, or to more firms, or has a lower label."),
        ),
        (found.new_firms, to_translate("%(target)s is shared with a firm that has no part in %(source)s.")),
        (
            found.new_readers,
            to_translate(
                "Not everybody who reads %(target)s may read this thread now: who is to read it joins %(source)s first."
            ),
        ),
        (
            found.loses_authors,
            to_translate("Somebody who wrote in this thread is no member of %(target)s, and could not read on."),
        ),
        (
            found.has_removed,
            to_translate("Something in this thread was taken out: it stays where that can be put right."),
        ),
        (found.is_reported, to_translate("Something in this thread was reported: close the report first.")),
        (found.is_communitys, to_translate("What %(source)s says in its own name stays in it.")),
    )
    for stands, sentence in reasons:
        if stands:
            raise Invalid(sentence, **names)


def _openness(row: CommunityRow) -> tuple[int, int, int, bool]:
    """Each the higher, the more people read: by visibility, scope and label, and of what was written before."""
    community = row.actor
    return (
        -VISIBILITIES.index(community.visibility or VISIBILITIES[-1]),
        SCOPES.index(community.scope or SCOPES[0]),
        -(community.label or 0),
        row.opens_history,
    )


async def _relocate(tx: WriteTx, here: Here, going: _Going) -> None:
    """Put it there, and tell partners and its author."""
    place, community, post = going.place, going.community, going.post
    showing = Showing.new(here, place.at)
    number, uri = showing.whole
    wrapper = post_writes.wrapper(
        Wrapped(post.id, post.audience, post.label, post.language),
        wrapper_id=number,
        uri=uri,
        boost_id=showing.by_id[0] if is_public(community) else None,
        community_id=community.id,
        peer_id=None,
        at=place.at,
        received_at=place.at,
    )
    to = Destination(community_id=community.id, label=community.label or 0, context_uri=None, wrapper=wrapper)
    await writing.hide(tx, post.id, place.at)
    outgoings = await boosts.settle(tx, here, place.community, place.at, first=post.id)
    await writing.relocate(tx, post, going.branch, to, place.at)
    await notifications.tell(tx, [notifications.telling(at=place.at, shown=(community.id, number))])
    compose = Moderating(here, place.at)
    outgoings += compose.move(place.community, community, post, going.reason)
    for said in await _said_by_ours(tx, going):
        outgoings += compose.anew(said, showing if said.post.id == post.id else None)
    await publish(tx, outgoings)
    await _tell_author(tx, here, going)


async def _said_by_ours(tx: WriteTx, going: _Going) -> list[Said]:
    """What our people wrote in it, as it stands now. Of what only became a thread, its beginning: below nothing is new.

    What partners' people wrote is told by the Move alone: it is their servers' to show.
    """
    is_split = going.community.id == going.place.community.id
    rows = await posts.in_order(tx, [going.post.id] if is_split else going.branch)
    ours = [row for row in rows if row.peer_id is None]
    people = await actors.of_ids(tx, sorted({one for row in ours for one in (row.author_id, *row.mentioned)}))
    said = []
    for row in ours:
        # Polls are few.
        poll = await polls.for_sending(tx, row.id) if row.kind == QUESTION else None
        mentioned = tuple(people[one] for one in row.mentioned if one in people)
        said.append(Said(row, people[row.author_id], going.community, mentioned, poll=poll))
    return said


async def _tell_author(tx: WriteTx, here: Here, going: _Going) -> None:
    """Somebody at a partner is told by their own server."""
    author = await actors.by_id(tx, going.post.author_id)
    if author is None or author.is_community or not author.is_local or author.id == going.place.standing.actor_id:
        return
    # Who has left meanwhile learns of no community that they may not know of.
    known = await actors.known_by_id(tx, going.community.id, Person(author.id))
    told = notice.Relocated(going.place.community, known, going.post, going.reason)
    await notice.tell_of_relocation(tx, here, author, told, at=going.place.at)
