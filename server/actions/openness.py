"""Who may find a community, join it and read it, and how far it travels: what its hosts change (product section 3).

Narrowing calls back what a partner has and may not have any more, and sends nothing of it; widening sends nothing old.
"""

from datetime import datetime

import msgspec

from federation.inbox import notice
from federation.outbox.publish import publish
from federation.vocab import render
from federation.vocab.compose import Composer
from federation.vocab.moderating import Moderating
from models.accounts import ADMIN
from models.authority import may_as_administrator
from models.communities import EVERYWHERE, HOST_ROLE, LABELS, OPEN, PRIVATE, SCOPES, VISIBILITIES
from models.engine import WriteTx
from models.gate import Operation, Verb, may
from models.moderation import LABELLED, MEMBER_REMOVED
from models.queries import actors, follows, posts, preferences, trials
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.retractions import NARROWED
from models.writes import actors as actor_writes
from models.writes import communities, feeds, partings, retractions
from models.writes import follows as follow_writes
from models.writes import posts as post_writes
from models.writes.moderation_log import About
from server.actions import succession
from server.actions.about_posts import said_about
from server.actions.refusals import Invalid, NotAllowed, Refused
from server.actions.seats import HOSTS_IT, Here, Seat, log_act, note
from server.actions.trials import TRIAL_STAYS
from server.http.languages import to_translate


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise; None: stays."""

    visibility: str | None = None
    scope: str | None = None
    label: str | None = None
    opens_history: bool | None = None


async def change(tx: WriteTx, here: Here, place: Seat, wanted: Wanted) -> bool:
    """Change how open a community is; False where it was so. Raises `NotAllowed`, `Invalid`.

    Its label can be raised and not lowered: what was written in it was written under that label.
    """
    await _require_right(tx, place, wanted)
    changed = _changes(place.community, wanted, place.at)
    if "scope" in changed and await trials.of_community(tx, place.community.id) is not None:
        raise Invalid(TRIAL_STAYS)
    if not changed:
        return False
    details = {name: str(value) for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    await log_act(tx, place, "openness", place.community.acct, **details)
    before = await retractions.reach(tx, community_id=place.community.id)
    await communities.change(tx, place.community.id, changed)
    after = await retractions.reach(tx, community_id=place.community.id)
    await retractions.of_what_was_lost(tx, before, after, NARROWED, place.at)
    community = await _told(tx, place, changed)
    document = render.actor(community, await actors.keys_of(tx, community.id), here.config.base_url)
    await publish(tx, Moderating(here, place.at).update_group(place.actor, community, document))
    return True


async def _require_right(tx: WriteTx, place: Seat, wanted: Wanted) -> None:
    """Hosts; and administrators, where nothing but the scope changes, and fewer firms have part in it."""
    if may(place.standing, Verb.CONFIGURE):
        return
    only_scope = wanted.scope in SCOPES and msgspec.structs.replace(wanted, scope=None) == Wanted()
    now = SCOPES.index(place.community.scope or EVERYWHERE)
    lowers = only_scope and SCOPES.index(wanted.scope or EVERYWHERE) < now
    if not (may_as_administrator(Verb.CONFIGURE, lowers_scope=lowers) and await is_administrator(tx, place)):
        raise NotAllowed(to_translate("Only those who host %(community)s may do this"), community=place.community.acct)


async def is_administrator(tx: WriteTx, place: Seat) -> bool:
    """Whoever sits there administers this server."""
    own = await preferences.of_person(tx, place.standing.actor_id)
    return own is not None and own.role == ADMIN


def _changes(community: ActorRow, wanted: Wanted, at: datetime) -> dict[str, object]:
    """The columns that change."""
    for word, known in ((wanted.visibility, VISIBILITIES), (wanted.scope, SCOPES), (wanted.label, LABELS)):
        if word is not None and word not in known:
            raise Invalid(to_translate("“%(word)s” is none of %(known)s."), word=word, known=", ".join(known))
    label = community.label or 0
    if wanted.label is not None and LABELS.index(wanted.label) < label:
        raise Invalid(
            to_translate("%(name)s has a higher label: it can be raised and not lowered."), name=community.acct
        )
    values = {
        "visibility": wanted.visibility,
        "scope": wanted.scope,
        "label": None if wanted.label is None else LABELS.index(wanted.label),
        "opens_history": wanted.opens_history,
    }
    now = {"visibility": community.visibility, "scope": community.scope, "label": label}
    changed = {name: value for name, value in values.items() if value is not None and now.get(name) != value}
    # What was said among few stays among them (threats T166).
    return changed | ({"opened_at": at} if changed.get("visibility") == OPEN else {})


async def _told(tx: WriteTx, place: Seat, changed: dict[str, object]) -> ActorRow:
    """The actor says of itself what follows from its visibility."""
    values: dict[str, object] = {"updated_at": place.at}
    if (visibility := changed.get("visibility")) is not None:
        values |= {"is_locked": visibility != OPEN, "is_discoverable": visibility != PRIVATE}
    if (label := changed.get("label")) is not None:
        await post_writes.raise_community_label(tx, place.community.id, int(str(label)))
    await actor_writes.change_profile(tx, place.community.id, values)
    community = await actors.by_id(tx, place.community.id)
    assert community is not None, "the same transaction has just changed it"
    return community


async def raise_label(tx: WriteTx, here: Here, place: Seat, post: PostRow, label: str) -> bool:
    """Give a post, and what answers it, a higher label; False where it had it. Raises `Invalid` for a lower one."""
    if not may(place.standing, Verb.RAISE_LABEL, author_id=post.author_id):
        raise NotAllowed(to_translate("Only the author and those who host the community raise a label"))
    if label not in LABELS:
        raise Invalid(to_translate("“%(label)s” is none of %(known)s."), label=label, known=", ".join(LABELS))
    if LABELS.index(label) < post.label:
        raise Invalid(
            to_translate("This post is %(label)s: a label can be raised and not lowered."), label=LABELS[post.label]
        )
    await log_act(tx, place, "raise-label", post.uri, label=label)
    if not await retractions.lift(tx, post.id, LABELS.index(label), place.at):
        return False
    if post.author_id != place.actor.id:
        await note(tx, place, LABELLED, About(person_id=post.author_id, post_id=post.id, detail=label))
    changed = await posts.post(tx, post.id, Operation())
    if changed is not None and changed.peer_id is None:
        await publish(tx, Composer(here, place.at).update(await said_about(tx, changed)))
    return True


async def remove_member(tx: WriteTx, here: Here, place: Seat, person: ActorRow) -> bool:
    """End somebody's membership; where it was the last of a partner's, the copies over there are called back.

    False where they were no member. Raises `NotAllowed`, and `Refused` for a host.
    """
    place.require(Verb.REMOVE_MEMBER)
    known = await follows.find(tx, person.id, place.community.id)
    if known is not None and known.role == HOST_ROLE:
        raise Refused(HOSTS_IT, person=person.acct, community=place.community.acct)
    await log_act(tx, place, "remove-member", person.acct)
    if known is None:
        return False
    await follow_writes.remove(tx, known.id)
    await feeds.leave(tx, person.id, place.community.id)
    await succession.pass_on(tx, place.at)
    if known.is_accepted:
        await note(tx, place, MEMBER_REMOVED, About(person_id=person.id))
        await notice.tell_of_end(tx, here, person, place.community, at=place.at)
    if person.peer_id is not None:
        await partings.was_one(tx, place.community.id, person.peer_id, place.at)
        told = Composer(here, place.at).answer("Reject", known.activity_uri, person, place.community)
        await publish(tx, [told])
    return True
