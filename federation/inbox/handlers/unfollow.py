"""Undo of a Follow: somebody leaves, or their own firm withdraws them from a community of ours (product J9).

The second is the one thing that somebody else may say for a person, and only the server actor with whose firm terms are
in force says it: the same that signs the letters about them.
"""

from federation.agreements.office import server_uri
from federation.errors import Denied
from federation.inbox.context import Received
from federation.transport.hosts import same_origin
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Activity, Undo
from models.actors import APPLICATION
from models.engine import WriteTx
from models.moderation import MEMBER_REMOVED, PARTNER
from models.queries import actors, agreements, follows
from models.queries.actors import ActorRow
from models.queries.follows import FollowRow
from models.writes import actors as actor_writes
from models.writes import audit, feeds, moderation_log, notifications, partings
from models.writes import follows as follow_writes
from models.writes.moderation_log import About


async def apply(tx: WriteTx, received: Received[Undo], inner: Activity | None) -> list[Outgoing]:
    """End the follow; `inner`: it, where it was sent along. Raises `Denied` for somebody else's (threats T033)."""
    if inner is None or inner.actor == received.actor.uri:
        await _end(tx, received, inner, received.actor)
        return []
    await _require_server_of(tx, received, inner.actor)
    community, person = await actors.by_uri(tx, inner.object_id), await actors.by_uri(tx, inner.actor)
    if community is not None and not (community.is_local and community.is_community):
        raise Denied("withdraws from what is no community here", reason="not_authorized", activity=received.activity.id)
    if person is None:
        await actor_writes.bury(tx, inner.id, inner.actor, received.received_at)
        return []
    ended = await _end(tx, received, inner, person)
    if ended is not None and community is not None:
        await _note(tx, received, person, community, was_member=ended.is_accepted)
    return []


async def _require_server_of(tx: WriteTx, received: Received[Undo], person_uri: str) -> None:
    """Raises `Denied` for anybody but the server actor of the person's firm, by terms that are in force."""
    sender, peer = received.actor, received.tools.peers.by_id(received.peer_id)
    if (
        peer is None
        or sender.type != APPLICATION
        or sender.uri != server_uri(received.tools.runtime, peer.host)
        or not same_origin(sender.uri, person_uri)
        or await agreements.in_force(tx, received.peer_id) is None
    ):
        raise Denied("undoes somebody else's activity", reason="not_authorized", activity=received.activity.id)


async def _end(tx: WriteTx, received: Received[Undo], inner: Activity | None, person: ActorRow) -> FollowRow | None:
    """The follow that is over; None: there was none, and a later one of the same id has no effect.

    Matched by the two actors, not by the Follow's id: some peers make up a new one for the Undo.
    """
    uri = received.activity.object_id
    follow = await follows.by_activity_uri(tx, uri, person.id)
    if follow is None and inner is not None:
        target = await actors.by_uri(tx, inner.object_id)
        follow = await follows.find(tx, person.id, target.id) if target else None
    if uri:
        await actor_writes.bury(tx, uri, person.uri, received.received_at)
    if follow is None:
        return None
    await follow_writes.remove(tx, follow.id)
    if not follow.is_accepted:
        await notifications.withdraw_request(tx, applicant_id=person.id, target_id=follow.target_id)
    await partings.was_one(tx, follow.target_id, received.peer_id, received.received_at)
    await feeds.leave(tx, follow.follower_id, follow.target_id)
    return follow


async def _note(
    tx: WriteTx, received: Received[Undo], person: ActorRow, community: ActorRow, *, was_member: bool
) -> None:
    """In the audit trail; of a member also in the community's moderation log, where its hosts read it."""
    at, server = received.received_at, received.actor
    details: dict[str, object] = {"community": community.acct}
    await audit.append(
        tx, at=at, actor=server.uri, action="community.withdraw-member", object=person.acct, details=details
    )
    if was_member:
        about = About(person_id=person.id)
        await moderation_log.note(
            tx, MEMBER_REMOVED, about, community_id=community.id, at=at, role=PARTNER, by_id=server.id
        )
