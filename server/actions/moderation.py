"""What hosts and moderators do in a community of ours: pin, lock, take out, ban, name moderators, delete it.

The same functions for a person's app and for the operator's commands; both stand in the audit trail. Who may do what
`gate.may` says; what partners are told `federation/vocab/moderating.py`.
"""

from datetime import datetime, timedelta

from federation.inbox import boosts, notice
from federation.outbox.publish import publish
from federation.vocab import render
from federation.vocab.moderating import Moderating
from models.accounts import AUDITOR
from models.communities import HOST_ROLE, MEMBER_ROLE, MODERATOR_ROLE
from models.engine import ReadTx, WriteTx
from models.gate import ActingCommunity, Operation, PeerServer, Person, Standing, Verb, may
from models.moderation import BANNED, LOCKED, REMOVED, RESTORED, ROLE_GIVEN, UNBANNED, UNLOCKED
from models.notifications import FOLLOW
from models.queries import actors, follows, posts, served
from models.queries import moderation as moderated
from models.queries.actors import ActorRow
from models.queries.moderation import MOST_PINS
from models.queries.posts import PostRow
from models.retention import BY_HOSTS
from models.retractions import DELETED
from models.writes import departures, invitations, keeping, moderation, notifications, retractions
from models.writes import follows as follow_writes
from models.writes.audit import OPERATOR
from models.writes.moderation_log import About
from server.actions import names, succession
from server.actions.auditors import IS_AUDITOR
from server.actions.refusals import Invalid, NotAllowed, NotThere, Refused
from server.actions.seats import HOSTS_IT, Here, Seat, log_act, note, require_no_guest
from server.http.languages import to_translate
from server.services import Services

MAX_REASON = 5_000


async def seat(tx: ReadTx, here: Here, viewer: Person, community_id: int) -> Seat:
    """A person's seat in a community of ours; of a community that acts, that of the person behind it, in itself alone.

    Raises `NotThere` where there is none that they may know of.
    """
    at = here.clock.now()
    community, actor = await actors.by_id(tx, community_id), await actors.by_id(tx, viewer.person_id)
    is_elsewhere = isinstance(viewer, ActingCommunity) and viewer.actor_id != community_id
    if community is None or not community.is_local or actor is None or is_elsewhere:
        raise NotThere()
    standing = await moderated.standing(tx, viewer.person_id, community_id, at)
    return Seat(community, actor, standing, actor.acct, at)


async def answer_for(tx: WriteTx, here: Here, viewer: Person, verb: Verb, action: str, about: str) -> None:
    """For a community that acts: the person behind it may do this, and it stands in the trail. Nothing for a person.

    Raises `NotAllowed`, also where they do not lead it any more: what was written for later has no token to end.
    """
    if isinstance(viewer, ActingCommunity):
        place = await seat(tx, here, viewer, viewer.actor_id)
        if place.standing.role not in (HOST_ROLE, MODERATOR_ROLE):
            raise NotAllowed(to_translate("Only those who lead a community act in its name"))
        place.require(verb)
        await log_act(tx, place, action, about)


async def operators_seat(tx: ReadTx, here: Here, name: str) -> Seat:
    """The operator acts in the name of the first host here, or of the community itself. Raises `Refused`."""
    community = await actors.local_by_name(tx, names.folded(name))
    if community is None or not community.is_community:
        raise Refused(to_translate("No community here is called %(name)s."), name=name)
    return await servers_seat(tx, here, community, by=OPERATOR)


async def servers_seat(tx: ReadTx, here: Here, community: ActorRow, *, by: str) -> Seat:
    """Who runs the server acts, in the name of the first host here or of the community itself; `by`: in the trail."""
    local = [leader for leader in await follows.leaders(tx, community.id) if leader.is_local]
    actor = local[0] if local else community
    standing = Standing(actor.id, is_active=True, role=HOST_ROLE)
    return Seat(community, actor, standing, by, here.clock.now(), is_servers=True)


async def person_named(tx: ReadTx, here: Here, handle: str) -> ActorRow:
    """Somebody by handle or id. Raises `Refused`."""
    name, _, host = handle.removeprefix("@").partition("@")
    found = await actors.by_uri(tx, handle) or await actors.by_handle(tx, name, (host or here.config.domain).lower())
    if found is None or found.is_community:
        raise Refused(to_translate("Nobody known here is called %(handle)s."), handle=handle)
    return found


async def post_named(tx: ReadTx, place: Seat, name: str) -> PostRow:
    """A post of the community by its number in the client API, its id outside or its address. Raises `Refused`."""
    entry = await posts.by_uri_or_url(tx, name, Operation())
    post = entry.post if entry else None
    if post is None and name.isascii() and name.isdecimal() and len(name) < 20:
        post = await posts.post(tx, int(name), Operation())
    if post is None or post.community_id != place.community.id:
        raise Refused(to_translate("%(community)s has no post %(name)s."), community=place.community.acct, name=name)
    return post


# --- posts ---


async def pin(tx: WriteTx, here: Here, place: Seat, post: PostRow, *, pins: bool = True) -> bool:
    """Put a thread on top of its community, or take it from there; False where it was so. Raises `NotAllowed`."""
    place.require(Verb.PIN)
    if pins and post.parent_uri is not None:
        raise Invalid(to_translate("Only a thread can be pinned, not an answer in it."))
    await log_act(tx, place, "pin" if pins else "unpin", post.uri)
    pinned = await moderated.pinned_ids(tx, place.community.id)
    if pins and post.id not in pinned and len(pinned) >= MOST_PINS:
        raise Invalid(to_translate("%(most)s threads are pinned already: unpin one of them first."), most=MOST_PINS)
    if pins:
        is_done = await moderation.pin(tx, place.community.id, post.id, place.at)
    else:
        is_done = await moderation.unpin(tx, place.community.id, post.id)
    if is_done:
        await publish(tx, Moderating(here, place.at).pin(place.actor, place.community, post, pins=pins))
    return is_done


async def lock(tx: WriteTx, here: Here, place: Seat, post: PostRow, reason: str = "") -> bool:
    """Only who leads the community answers from now on; False where it is locked. Raises `NotAllowed`."""
    place.require(Verb.CLOSE)
    await log_act(tx, place, "lock", post.uri)
    is_done = await moderation.lock(tx, post.id, place.at)
    if is_done:
        await note(tx, place, LOCKED, About(person_id=post.author_id, post_id=post.id, reason=_cut(reason)))
        await publish(tx, Moderating(here, place.at).lock(place.actor, place.community, post, _cut(reason)))
    return is_done


async def unlock(tx: WriteTx, here: Here, place: Seat, post: PostRow) -> bool:
    """All members answer again; False where it was not locked. Raises `NotAllowed`."""
    place.require(Verb.CLOSE)
    await log_act(tx, place, "unlock", post.uri)
    is_done = await moderation.unlock(tx, post.id)
    if is_done:
        await note(tx, place, UNLOCKED, About(person_id=post.author_id, post_id=post.id))
        await publish(tx, Moderating(here, place.at).unlock(place.actor, place.community, post))
    return is_done


async def remove(tx: WriteTx, here: Here, place: Seat, post: PostRow, reason: str) -> None:
    """Take somebody's post out of the community; its text is kept for who leads it. Raises `NotAllowed`."""
    place.require(Verb.REMOVE)
    await log_act(tx, place, "remove-post", post.uri)
    await moderation.take_out(
        tx,
        post.id,
        community_id=place.community.id,
        by_id=place.actor.id,
        reason=_cut(reason),
        at=place.at,
        with_replies=False,
    )
    await note(tx, place, REMOVED, About(person_id=post.author_id, post_id=post.id, reason=_cut(reason)))
    author = await actors.by_id(tx, post.author_id)
    if author is not None:
        compose = Moderating(here, place.at)
        told = compose.remove(place.actor, place.community, post, author, _cut(reason))
        await publish(tx, told + await boosts.settle(tx, here, place.community, place.at))
        await notice.tell_of_removal(tx, here, author, place.community, post, _cut(reason), at=place.at)


async def take_out(services: Services, viewer: Person, row: PostRow, reason: str) -> None:
    """Take somebody else's post out of a community of ours that the viewer leads; to all others it is not there to be
    deleted. Raises `NotThere`.
    """
    async with services.runtime.db.write() as tx:
        place = await seat(tx, services.runtime, viewer, row.community_id or 0)
        if not may(place.standing, Verb.REMOVE):
            raise NotThere()
        await remove(tx, services.runtime, place, row, reason)


async def restore(tx: WriteTx, here: Here, place: Seat, name: str) -> str:
    """Put a post back that was taken out; its id outside. Raises `NotAllowed`, `Refused`."""
    place.require(Verb.REMOVE)
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 20 else 0
    removed = await moderated.removal(tx, Operation(), uri=name, post_id=number)
    if removed is None or removed.post.community_id != place.community.id:
        raise Refused(
            to_translate("Nothing called %(name)s was taken out of %(community)s."),
            name=name,
            community=place.community.acct,
        )
    await log_act(tx, place, "restore-post", removed.post.uri)
    await moderation.put_back(tx, removed.post.id)
    await note(tx, place, RESTORED, About(person_id=removed.post.author_id, post_id=removed.post.id))
    author = await actors.by_id(tx, removed.post.author_id)
    if author is not None:
        compose = Moderating(here, place.at)
        told = compose.restore(place.actor, place.community, removed.post, author, removed.reason)
        await publish(tx, told + await boosts.settle(tx, here, place.community, place.at))
    return removed.post.uri


def _cut(reason: str) -> str:
    return reason[:MAX_REASON]


# --- people ---


async def ban(
    tx: WriteTx,
    here: Here,
    place: Seat,
    person: ActorRow,
    *,
    lasts: timedelta | None,
    reason: str = "",
    hides_posts: bool = False,
) -> datetime | None:
    """Keep somebody from taking part, for a time or (None) for good; until when. They stay a member, and read.

    Raises `NotAllowed`, and `Invalid` for a host.
    """
    place.require(Verb.BAN, lasts=lasts)
    if await follows.role_in(tx, person.id, place.community.id) == HOST_ROLE:
        raise Invalid(HOSTS_IT, person=person.acct, community=place.community.acct)
    await log_act(tx, place, "ban", person.acct, days=lasts.days if lasts else None)
    number = here.tokens.next_id(place.at)
    uri = here.config.url(f"/activities/{number}")
    ends_at = place.at + lasts if lasts else None
    await _keep_ban(tx, place, person, uri, ends_at=ends_at, reason=_cut(reason), hides_posts=hides_posts)
    await note(tx, place, BANNED, About(person_id=person.id, reason=_cut(reason), ends_at=ends_at))
    told = Moderating(here, place.at).ban(
        place.actor,
        place.community,
        person,
        identity=(number, uri),
        reason=_cut(reason),
        ends_at=ends_at,
        hides_data=hides_posts,
    )
    await publish(tx, told + await boosts.settle(tx, here, place.community, place.at))
    await notice.tell_of_ban(tx, here, person, place.community, _cut(reason), ends_at=ends_at, at=place.at)
    return ends_at


async def _keep_ban(
    tx: WriteTx,
    place: Seat,
    person: ActorRow,
    activity_uri: str,
    *,
    ends_at: datetime | None,
    reason: str,
    hides_posts: bool,
) -> None:
    await moderation.ban(
        tx,
        community_id=place.community.id,
        actor_uri=person.uri,
        by_id=place.actor.id,
        activity_uri=activity_uri,
        reason=reason,
        ends_at=ends_at,
        hides_data=hides_posts,
        at=place.at,
    )
    if hides_posts:
        await moderation.take_out_all_of(
            tx, person.id, community_id=place.community.id, by_id=place.actor.id, reason=reason, at=place.at
        )


async def unban(tx: WriteTx, here: Here, place: Seat, person: ActorRow) -> bool:
    """Let somebody take part again, with what was hidden; False where they were not banned. Raises `NotAllowed`."""
    place.require(Verb.REMOVE)
    await log_act(tx, place, "unban", person.acct)
    known = await moderated.ban(tx, place.community.id, person.uri)
    if known is None:
        return False
    await moderation.unban(tx, place.community.id, person.uri)
    await moderation.put_back_all_of(tx, person.id, place.community.id)
    await note(tx, place, UNBANNED, About(person_id=person.id))
    compose = Moderating(here, place.at)
    told = compose.unban(place.actor, place.community, person, block_uri=known.activity_uri)
    await publish(tx, told + await boosts.settle(tx, here, place.community, place.at))
    return True


async def name_moderator(tx: WriteTx, here: Here, place: Seat, person: ActorRow, *, adds: bool = True) -> bool:
    """Make a member a moderator, or a moderator a member again; False where it was so.

    Raises `NotAllowed`, and `Invalid` for who is no member, or hosts the community.
    """
    place.require(Verb.NAME_LEADERS)
    await log_act(tx, place, "moderator.add" if adds else "moderator.remove", person.acct)
    membership = await follows.find(tx, person.id, place.community.id)
    if membership is None or not membership.is_accepted:
        raise Invalid(
            to_translate("%(person)s is no member of %(community)s."),
            person=person.acct,
            community=place.community.acct,
        )
    if membership.role == HOST_ROLE:
        raise Invalid(
            to_translate("%(person)s hosts %(community)s."), person=person.acct, community=place.community.acct
        )
    role = MODERATOR_ROLE if adds else MEMBER_ROLE
    if membership.role == role:
        return False
    require_no_guest(membership, person)
    await follow_writes.change(tx, membership.id, role=role)
    await succession.pass_on(tx, place.at)
    await note(tx, place, ROLE_GIVEN, About(person_id=person.id, detail=role))
    compose = Moderating(here, place.at)
    await publish(tx, compose.name_moderator(place.actor, place.community, person, names=adds))
    return True


async def dissolve(tx: WriteTx, here: Here, place: Seat) -> None:
    """Delete the community with all that was written in it; its name is never given again. Raises `NotAllowed`."""
    place.require(Verb.DISSOLVE)
    await log_act(tx, place, "delete", place.community.acct)
    # Who is to hear of it is read while they are still members.
    await publish(tx, Moderating(here, place.at).dissolve(place.actor, place.community))
    await retractions.of_community(tx, place.community.id, DELETED, place.at)
    await keeping.keep_all_of(tx, here.vault, place.community.id, place.at, why=BY_HOSTS, bins=True)
    await departures.dissolve(tx, place.community, place.at)


async def invite(tx: WriteTx, here: Here, place: Seat, person: ActorRow) -> bool:
    """Let somebody, here or at a partner, join without waiting, and see that the community is there; they are told.

    False: again. Raises `Refused` for somebody of a firm whose agreement does not share the community.
    """
    place.require(Verb.INVITE)
    role = (await moderated.standing(tx, person.id, place.community.id, place.at)).role
    if role == AUDITOR:
        raise Refused(IS_AUDITOR, name=person.acct)
    if role is not None:
        raise Refused(to_translate("%(person)s is a member already."), person=person.acct)
    await log_act(tx, place, "invite", person.acct)
    by_id = None if place.is_servers else place.actor.id
    if not await invitations.add(tx, place.community.id, person.id, place.at, by_id=by_id):
        return False
    if person.peer_id is None:
        told = notifications.row(recipient_id=person.id, type_=FOLLOW, actor_id=place.community.id, at=place.at)
        await notifications.add(tx, [told])
        return True
    if not await served.is_known(tx, place.community, PeerServer(person.peer_id)):
        raise Refused(
            to_translate("No agreement in force with %(host)s shares %(community)s."),
            host=person.host,
            community=place.community.acct,
        )
    document = render.actor(place.community, await actors.keys_of(tx, place.community.id), here.config.base_url)
    await publish(tx, [Moderating(here, place.at).invite(place.community, document, person)])
    return True
