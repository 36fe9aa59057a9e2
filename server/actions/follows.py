"""Following people, joining and leaving communities, answering requests. Joining is following (product J4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from federation.outbox.publish import publish
from federation.runtime import Maker
from federation.vocab.compose import Composer
from models.actors import chosen_languages
from models.communities import GUEST_ROLE, HOST_ROLE, MEMBER_ROLE, MODERATOR_ROLE, OPEN
from models.engine import WriteTx
from models.gate import PeerServer, Person, Standing, Verb, may
from models.notifications import FOLLOW, FOLLOW_REQUEST
from models.queries import actors, auditors, follows, guests, moderation, served, withdrawals
from models.queries.actors import ActorRow
from models.queries.follows import FollowRow
from models.writes import audit, feeds, invitations, notifications, outbox
from models.writes import follows as follow_writes
from server.actions import moderation as moderating
from server.actions import succession, trials
from server.actions.auditors import JOINS_NONE
from server.actions.barred import link_rests
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.http.languages import to_translate
from server.services import Services

GUESTS_WAIT: Final = to_translate("Guests follow nobody, and come into a community when one of its hosts invites them")


async def follow(
    services: Services,
    viewer: Person,
    target_id: int,
    *,
    shows_reblogs: bool | None = None,
    notifies: bool | None = None,
    languages: Sequence[str] | None = None,
) -> None:
    """Follow somebody or join a community; again: change what is named. Raises `NotThere`, `NotAllowed`.

    Somebody here, and an open community here, at once; all others when they say so. `languages`: of what stands in the
    viewer's home from now on; an empty list is every language.
    """
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        target = await actors.known_by_id(tx, target_id, viewer)
        if target is None:
            raise NotThere()
        if target.id == viewer.actor_id:
            raise NotAllowed()
        known = await follows.find(tx, viewer.actor_id, target.id)
        if known is None:
            await _require_welcome(tx, viewer, target, at)
            known = await _ask(tx, services, viewer, target, at)
        wanted = {"shows_reblogs": shows_reblogs, "notifies": notifies}
        changes: dict[str, object] = {name: value for name, value in wanted.items() if value is not None}
        if languages is not None:
            changes["languages"] = chosen_languages(languages)
        if changes:
            await follow_writes.change(tx, known.id, **changes)


async def _ask(tx: WriteTx, services: Services, viewer: Person, target: ActorRow, at: datetime) -> FollowRow:
    number = services.runtime.tokens.next_id(at)
    uri = services.runtime.config.url(f"/activities/{number}")
    is_open = target.visibility == OPEN if target.is_community else not target.is_locked
    is_invited = target.is_community and target.is_local and await invitations.use(tx, target.id, viewer.actor_id, at)
    is_guest = await guests.is_one(tx, viewer.actor_id)
    if is_guest and not is_invited:
        raise NotAllowed(GUESTS_WAIT)
    accepts = target.is_local and (is_open or is_invited)
    if target.is_community and target.is_local:
        await trials.require_time(tx, target.id, at)
        if accepts:
            await trials.require_room(tx, target.id, at)
    await follow_writes.add(
        tx,
        follow_id=number,
        follower_id=viewer.actor_id,
        follower_peer_id=None,
        target_id=target.id,
        activity_uri=uri,
        at=at,
        is_accepted=accepts,
        role=GUEST_ROLE if is_guest else MEMBER_ROLE,
    )
    if target.is_local:
        await _tell(tx, viewer, target, at, is_request=not accepts)
    else:
        _require_link(services, target)
        follower = await actors.by_id(tx, viewer.actor_id)
        if follower is not None:
            await publish(tx, [Composer(services.runtime, at).follow(uri, number, follower, target)])
    if accepts and target.is_community:
        await feeds.welcome(tx, viewer.actor_id, target.id)
    made = await follows.find(tx, viewer.actor_id, target.id)
    assert made is not None
    return made


async def _require_welcome(tx: WriteTx, viewer: Person, target: ActorRow, at: datetime) -> None:
    """Who is banned or was withdrawn from a community does not join it again, and an auditor joins none; nobody follows
    somebody if one blocks the other.
    """
    if target.is_community:
        if await auditors.is_one(tx, viewer.actor_id):
            raise NotAllowed(JOINS_NONE)
        if await withdrawals.is_withdrawn(tx, viewer.actor_id, target.id):
            withdrawn = to_translate("The administrators of your firm have withdrawn you from %(community)s")
            raise NotAllowed(withdrawn, community=target.acct)
        is_welcome = not (await moderation.standing(tx, viewer.actor_id, target.id, at)).is_banned
    else:
        is_welcome = not (
            await moderation.is_blocked(tx, target.id, viewer.actor_id)
            or await moderation.is_blocked(tx, viewer.actor_id, target.id)
        )
    if not is_welcome:
        raise NotAllowed()


def _require_link(services: Services, target: ActorRow) -> None:
    if target.vouched_by is not None:
        raise NotAllowed(
            to_translate("%(host)s is no partner of ours: you meet in communities of %(between)s only"),
            host=target.host,
            between=target.vouched_by,
        )
    peer = services.peers.by_id(target.peer_id or 0)
    if peer is None or not peer.is_active:
        raise link_rests(target.host, peer)


async def _tell(tx: WriteTx, viewer: Person, target: ActorRow, at: datetime, *, is_request: bool) -> None:
    recipients = [target.id]
    if target.is_community:
        recipients = [*(host.id for host in await follows.hosts_of(tx, target.id)), target.id] if is_request else []
    kind = FOLLOW_REQUEST if is_request else FOLLOW
    rows = [
        notifications.row(recipient_id=recipient, type_=kind, actor_id=viewer.actor_id, at=at)
        for recipient in recipients
    ]
    await notifications.add(tx, rows)


async def unfollow(services: Services, viewer: Person, target_id: int) -> None:
    """Stop following, leave, or withdraw a request; nothing where there is none. Raises `NotThere`, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        target = await actors.known_by_id(tx, target_id, viewer)
        if target is None:
            raise NotThere()
        known = await follows.find(tx, viewer.actor_id, target.id)
        if known is None:
            return
        if target.is_local and known.role == HOST_ROLE and await follows.hosts(tx, target.id) <= 1:
            raise Invalid(to_translate("You are the last host of this community: name another one before you leave"))
        led = target.is_local and known.role == MODERATOR_ROLE
        if led:
            # Before anything is locked, as in all that stands in the audit trail.
            await audit.stand_still(tx)
        await leave(tx, services.runtime, known, target, at)
        if led:
            await succession.pass_on(tx, at)


async def leave(tx: WriteTx, here: Maker, known: FollowRow, target: ActorRow, at: datetime) -> None:
    """Somebody here follows the target no more, or does not ask to any more; its server is told."""
    await follow_writes.remove(tx, known.id)
    await feeds.leave(tx, known.follower_id, target.id)
    if target.is_local and not known.is_accepted:
        await notifications.withdraw_request(tx, applicant_id=known.follower_id, target_id=target.id)
    if not target.is_local:
        follower = await actors.by_id(tx, known.follower_id)
        if follower is not None:
            await publish(tx, [Composer(here, at).undo_follow(known.activity_uri, follower, target)])


async def answer(
    services: Services, viewer: Person, applicant_id: int, *, accepts: bool, target_id: int | None = None
) -> None:
    """Grant or refuse a request to follow the viewer, or to join a community that they host. Raises `NotThere`.

    `target_id`: only one to follow or join this.
    """
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        waiting = await follows.waiting_for(tx, applicant_id, viewer.actor_id)
        waiting = [one for one in waiting if target_id is None or one.target_id == target_id]
        # Who asks for nothing is looked for as nobody is: how long it takes does not tell whether there is such a
        # community (threats T170).
        applicant = await (actors.by_id(tx, applicant_id) if waiting else actors.known_by_id(tx, applicant_id, viewer))
        if applicant is None:
            raise NotThere()
        action = "admit" if accepts else "refuse"
        await moderating.answer_for(tx, services.runtime, viewer, Verb.APPROVE, action, applicant.acct)
        if not waiting:
            raise NotThere()
        request = waiting[0]
        await _require_right(tx, viewer, request)
        target = await actors.by_id(tx, request.target_id)
        if target is None:
            raise NotThere()
        if accepts:
            await _require_terms(tx, applicant, target)
            await trials.require_room(tx, target.id, at)
            await follow_writes.accept(tx, request.id, at)
        else:
            await follow_writes.remove(tx, request.id)
        await _after_answer(tx, viewer, applicant, target, at, accepts=accepts)
        if not applicant.is_local:
            compose = Composer(services.runtime, at)
            if accepts:
                answered = compose.welcome(request.activity_uri, applicant, target)
            else:
                answered = compose.answer("Reject", request.activity_uri, applicant, target)
            await publish(tx, [answered])


async def _require_right(tx: WriteTx, viewer: Person, request: FollowRow) -> None:
    if request.target_id == viewer.actor_id:
        return
    role = await follows.role_in(tx, viewer.actor_id, request.target_id)
    if not may(Standing(viewer.actor_id, is_active=True, role=role), Verb.APPROVE):
        raise NotThere()


async def _require_terms(tx: WriteTx, applicant: ActorRow, target: ActorRow) -> None:
    """Nobody is let in whose firm may not know of the community by the terms in force now (threats T233)."""
    if applicant.peer_id is None or not target.is_community:
        return
    if not await served.is_known(tx, target, PeerServer(applicant.peer_id)):
        raise NotAllowed(to_translate("No agreement in force with %(host)s shares this community"), host=applicant.host)


async def _after_answer(
    tx: WriteTx, viewer: Person, applicant: ActorRow, target: ActorRow, at: datetime, *, accepts: bool
) -> None:
    """The request is off everybody's list; who is let into a community hears of it in the one word that apps have."""
    await notifications.withdraw_request(tx, applicant_id=applicant.id, target_id=target.id)
    if accepts and applicant.is_local and target.is_community:
        await feeds.welcome(tx, applicant.id, target.id)
        row = notifications.row(recipient_id=applicant.id, type_=FOLLOW, actor_id=target.id, at=at)
        await notifications.add(tx, [row])
    if accepts and not target.is_community:
        row = notifications.row(recipient_id=target.id, type_=FOLLOW, actor_id=applicant.id, at=at)
        await notifications.add(tx, [row])


async def remove_follower(services: Services, viewer: Person, follower_id: int) -> None:
    """Somebody no longer follows the viewer; they are told as of a refusal. Raises `NotThere`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        known = await follows.find(tx, follower_id, viewer.actor_id)
        follower = await (
            actors.known_by_id(tx, follower_id, viewer) if known is None else actors.by_id(tx, follower_id)
        )
        if follower is None:
            raise NotThere()
        if known is None:
            return
        await cut(tx, services.runtime, known, follower, at)


async def cut(tx: WriteTx, here: Maker, known: FollowRow, follower: ActorRow, at: datetime) -> None:
    """Somebody follows a person here no more, who or whose firm has ended it; their server is told as of a refusal."""
    await follow_writes.remove(tx, known.id)
    await feeds.leave(tx, follower.id, known.target_id)
    await notifications.withdraw_request(tx, applicant_id=follower.id, target_id=known.target_id)
    target = await actors.by_id(tx, known.target_id)
    if follower.peer_id is not None and target is not None:
        await publish(tx, [Composer(here, at).answer("Reject", known.activity_uri, follower, target)])
        await outbox.drop_content(tx, peer_id=follower.peer_id, order_key=target.id)
