"""Follow: somebody at a partner wants to follow a person or to join a community of ours. Answered every time."""

from federation.inbox.context import Received
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Follow
from models.actors import GROUP, PERSON
from models.communities import OPEN
from models.engine import WriteTx
from models.gate import PeerServer
from models.notifications import FOLLOW, FOLLOW_REQUEST
from models.queries import actors, follows, moderation, served
from models.queries.actors import ActorRow
from models.writes import actors as actor_writes
from models.writes import follows as follow_writes
from models.writes import invitations, notifications


async def gather(received: Received[Follow]) -> None:
    """Learn what the peer runs, so that what follows reaches it in a form that it understands."""
    await received.tools.discovery.learn_software(received.actor.host, received.budget)


async def apply(tx: WriteTx, received: Received[Follow], _: None) -> list[Outgoing]:
    """Accept at once, or keep as a request; a repeated Follow gets its answer again (threats T202).

    A community that the partner may not know of is as silent as a name that does not exist.
    """
    follow, actor = received.activity, received.actor
    target = await actors.by_uri(tx, follow.object_id)
    if (
        target is None
        or not target.is_local
        or target.type not in (PERSON, GROUP)
        or await actor_writes.is_buried(tx, follow.id, actor.uri)
    ):
        return []
    if not await served.is_known(tx, target, PeerServer(received.peer_id)):
        return []
    known = await follows.find(tx, actor.id, target.id)
    if known is not None:
        await follow_writes.renew(tx, known.id, follow.id)
        return [received.compose.answer("Accept", follow.id, actor, target)] if known.is_accepted else []
    if not await _is_welcome(tx, received, target):
        return [received.compose.answer("Reject", follow.id, actor, target)]
    accepts = target.visibility == OPEN if target.is_community else not target.is_locked
    if target.is_community and await invitations.use(tx, target.id, actor.id, received.received_at):
        accepts = True
    await follow_writes.add(
        tx,
        follow_id=received.new_id(received.received_at),
        follower_id=actor.id,
        follower_peer_id=received.peer_id,
        target_id=target.id,
        activity_uri=follow.id,
        at=received.received_at,
        is_accepted=accepts,
    )
    await _tell(tx, received, target, is_request=not accepts)
    return [received.compose.welcome(follow.id, actor, target)] if accepts else []


async def _is_welcome(tx: WriteTx, received: Received[Follow], target: ActorRow) -> bool:
    """Whom a community has banned does not join it, and whom a person blocks does not follow them (threats T168)."""
    if target.is_community:
        return not (await moderation.standing(tx, received.actor.id, target.id, received.received_at)).is_banned
    return not await moderation.is_blocked(tx, target.id, received.actor.id)


async def _tell(tx: WriteTx, received: Received[Follow], target: ActorRow, *, is_request: bool) -> None:
    """A person hears of followers; a community and its hosts of requests only: joining an open one is nobody's work."""
    if target.is_community:
        hosts = [*(host.id for host in await follows.hosts_of(tx, target.id)), target.id] if is_request else []
    else:
        hosts = [target.id]
    await notifications.add(
        tx,
        [
            notifications.row(
                recipient_id=host,
                type_=FOLLOW_REQUEST if is_request else FOLLOW,
                actor_id=received.actor.id,
                at=received.received_at,
            )
            for host in hosts
        ],
    )
