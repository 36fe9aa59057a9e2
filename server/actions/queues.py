"""What an operator does when a queue is stuck: try a partner now, drop what it is owed, apply an activity once more."""

import msgspec

from models.engine import WriteTx
from models.inbox import PENDING
from models.peers import ACTIVE, SUSPENDED
from models.queries import queues as reading
from models.queries.queues import Kept
from models.writes import audit
from models.writes import queues as rows
from server.actions import partners
from server.actions.local_actors import Here
from server.actions.refusals import Refused
from server.http.languages import to_translate


class Retried(msgspec.Struct):
    """What is owed again; `left` dead letters stay: not asked for, or no longer for this partner to have."""

    domain: str
    requeued: int
    left: int


class Dropped(msgspec.Struct):
    """How much was dropped."""

    domain: str
    deliveries: int
    dead: int


class Replayed(msgspec.Struct):
    """An activity that is applied once more, and what it was before."""

    activity: str
    actor: str
    state_before: str
    reason_before: str | None


async def retry(tx: WriteTx, here: Here, domain: str, *, most: int, by: str) -> Retried:
    """Try a partner at once, and owe it at most `most` of its dead letters again. Raises `Refused`."""
    peer = await partners.find(tx, here, domain)
    if peer.state != ACTIVE:
        if peer.state == SUSPENDED:
            raise Refused(to_translate("%(host)s is suspended: nothing is sent. Resume it first."), host=peer.host)
        raise Refused(
            to_translate("Nothing is exchanged with %(host)s: nothing is sent. Allow it anew first."), host=peer.host
        )
    at = here.clock.now()
    details = {"most_dead_letters": most}
    await audit.append(tx, at=at, actor=by, action="queue.retry", object=peer.host, details=details)
    await rows.end_wait(tx, peer.id)
    requeued, left = await rows.requeue(tx, peer.id, at=at, most=most)
    return Retried(peer.host, requeued, left)


async def drop(
    tx: WriteTx, here: Here, domain: str, *, activity: str | None, dead: bool, most: int, by: str
) -> Dropped:
    """Owe a partner less: its oldest deliveries, or with `dead` its dead letters; with `activity` only that one.

    The partner does not get what is dropped, now or later. Raises `Refused` where there is nothing of the kind.
    """
    peer = await partners.find(tx, here, domain)
    details: dict[str, object] = {"activity": activity, "dead": dead, "most": most}
    await audit.append(tx, at=here.clock.now(), actor=by, action="queue.drop", object=peer.host, details=details)
    work = rows.drop_dead if dead else rows.drop_owed
    count = await work(tx, peer.id, activity, most)
    if not count:
        if dead:
            raise Refused(to_translate("There is no such dead letter for %(host)s."), host=peer.host)
        raise Refused(to_translate("There is no such delivery for %(host)s."), host=peer.host)
    return Dropped(peer.host, 0 if dead else count, count if dead else 0)


async def replay(tx: WriteTx, here: Here, activity: str, *, actor: str | None, by: str) -> Replayed:
    """Put a received activity that was applied, rejected or failed back to those that wait. Raises `Refused`.

    The running server applies it like a new one, before what the same actor sent later. `actor` chooses where several
    have used the id.
    """
    found = _chosen(await reading.received(tx, activity), activity, actor)
    if found.state == PENDING:
        raise Refused(f"{activity} waits already.")
    if found.peer_state != ACTIVE:
        raise Refused(f"The exchange with its server is {found.peer_state}: nothing of it is applied.")
    at = here.clock.now()
    details = {"actor": found.actor, "state": found.state, "reason": found.reason}
    await audit.append(tx, at=at, actor=by, action="inbox.replay", object=activity, details=details)
    if not found.has_body or not await rows.replay(tx, found.id, found.lane, at):
        raise Refused(f"The body of {activity} is not kept any more: ask the partner to send it again.")
    return Replayed(found.activity, found.actor, found.state, found.reason)


def _chosen(found: list[Kept], activity: str, actor: str | None) -> Kept:
    fitting = [one for one in found if actor is None or one.actor == actor]
    if not fitting:
        raise Refused(f"No activity {activity} is kept here.")
    if len(fitting) > 1:
        names = ", ".join(one.actor for one in fitting)
        raise Refused(f"Several actors have used this id. Say which one by --actor: {names}")
    return fitting[0]
