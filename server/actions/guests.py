"""Guests: people of no firm, added to named communities for six months (product sections 1, 3 and 9).

Who runs the server gives them an account. An open community has them at once; of others a host says yes first, as to
whoever asks to join: nobody comes to read a closed community by an account that they make.
"""

from collections.abc import Sequence
from typing import Final

from federation.runtime import Runtime
from models.accounts import GUEST
from models.communities import GUEST_ROLE, OPEN
from models.engine import ReadTx, WriteTx
from models.gate import Verb
from models.guests import GUEST_TERM
from models.notifications import FOLLOW_REQUEST
from models.queries import actors, follows
from models.queries import guests as reading
from models.queries.actors import ActorRow
from models.writes import accounts as account_writes
from models.writes import audit, feeds, notifications
from models.writes import follows as follow_writes
from models.writes.audit import SERVER
from server.actions import accounts, local_actors, names, trials
from server.actions.accounts import Made, NewAccount
from server.actions.local_actors import Keys
from server.actions.refusals import Invalid, Refused
from server.actions.seats import Seat, log_act
from server.http.languages import to_translate

MOST_COMMUNITIES: Final = 20
"""That a guest is added to when they get their account; hosts invite them into others."""

_AT_ONCE: Final = 20


async def create_any(
    tx: WriteTx, here: local_actors.Here, new: NewAccount, places: Sequence[str], keys: Keys, *, by: str
) -> Made:
    """Give a person an account; a guest a place in these communities of ours, by name, too. Raises `Refused`."""
    made = await accounts.create_account(tx, here, new, keys, by=by)
    if new.role != GUEST:
        return made
    at = here.clock.now()
    communities = await _communities(tx, places)
    details: dict[str, object] = {
        "communities": sorted(one.acct for one in communities),
        "until": (at + GUEST_TERM).isoformat(),
    }
    await audit.append(tx, at=at, actor=by, action="user.guest", object=made.acct, details=details)
    for community in communities:
        await _add(tx, here, made.id, community)
    return made


async def _communities(tx: ReadTx, places: Sequence[str]) -> list[ActorRow]:
    wanted = list(dict.fromkeys(names.folded(one.strip().lstrip("@")) for one in places if one.strip()))
    if not wanted:
        raise Refused(to_translate("Name a community at least: a guest reads only where they were added."))
    if len(wanted) > MOST_COMMUNITIES:
        raise Refused(to_translate("A guest is added to %(most)s communities at most."), most=MOST_COMMUNITIES)
    found = []
    for name in wanted:
        community = await actors.local_by_name(tx, name)
        if community is None or not community.is_community:
            raise Refused(to_translate("No community here is called %(name)s."), name=name)
        found.append(community)
    return found


async def _add(tx: WriteTx, here: local_actors.Here, guest_id: int, community: ActorRow) -> None:
    """In an open community at once; of others its hosts are asked."""
    at = here.clock.now()
    number = here.tokens.next_id(at)
    is_open = community.visibility == OPEN
    if is_open:
        await trials.require_room(tx, community.id, at)
    else:
        await trials.require_time(tx, community.id, at)
    await follow_writes.add(
        tx,
        follow_id=number,
        follower_id=guest_id,
        follower_peer_id=None,
        target_id=community.id,
        activity_uri=here.config.url(f"/activities/{number}"),
        at=at,
        is_accepted=is_open,
        role=GUEST_ROLE,
    )
    if is_open:
        await feeds.welcome(tx, guest_id, community.id)
        return
    asked = [*(host.id for host in await follows.hosts_of(tx, community.id)), community.id]
    rows = [notifications.row(recipient_id=one, type_=FOLLOW_REQUEST, actor_id=guest_id, at=at) for one in asked]
    await notifications.add(tx, rows)


async def renew(tx: WriteTx, place: Seat, person: ActorRow) -> None:
    """A host lets a guest of their community stay for six months from now. Raises `NotAllowed`, `Invalid`."""
    place.require(Verb.INVITE)
    until = place.at + GUEST_TERM
    await log_act(tx, place, "guest.renew", person.acct, until=until.isoformat())
    membership = await follows.find(tx, person.id, place.community.id)
    if membership is None or not membership.is_accepted or membership.role != GUEST_ROLE:
        raise Invalid(
            to_translate("%(person)s is no guest of %(community)s."),
            person=person.acct,
            community=place.community.acct,
        )
    await account_writes.renew(tx, person.id, until)


async def keep_terms(runtime: Runtime) -> None:
    """Whose time is up leaves as everybody does (product J11). Safe to call any time, by several workers."""
    now, more = runtime.clock.now(), True
    while more:
        async with runtime.db.write() as tx:
            # A host who renews at this moment comes before or after, not between.
            await audit.stand_still(tx)
            due = await reading.over(tx, now, _AT_ONCE)
            for name in due:
                await accounts.suspend(tx, runtime, name, by=SERVER)
        more = len(due) == _AT_ONCE
