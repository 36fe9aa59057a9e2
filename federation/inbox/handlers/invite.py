"""Invite: a partner's community asks somebody here to join (spec/group-federation.md 11). From others: nothing."""

from federation.inbox.context import Received
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Invite
from models.actors import PERSON
from models.engine import WriteTx
from models.notifications import FOLLOW
from models.queries import actors, auditors, follows, withdrawals
from models.writes import invitations, notifications


async def gather(received: Received[Invite]) -> None:
    """The community as it is now, from its own server: what is embedded is a hint."""
    if received.actor.is_community and received.activity.object_id == received.actor.uri:
        await received.tools.directory.fetch(received.actor.uri, received.budget)


async def apply(tx: WriteTx, received: Received[Invite], _: None) -> list[Outgoing]:
    """Who is invited may find the community and ask to join, and is told; nobody else here learns of it, nor does
    whom our administrators withdrew from it, an auditor, who belongs to none, or a guest, whom hosts of this firm alone
    bring in.
    """
    community, invite = received.actor, received.activity
    if not community.is_community or community.is_local or invite.object_id != community.uri or not invite.target:
        return []
    person = await actors.by_uri(tx, invite.target)
    if person is None or not person.is_local or person.type != PERSON:
        return []
    if await follows.role_in(tx, person.id, community.id) is not None:
        return []
    if await withdrawals.is_withdrawn(tx, person.id, community.id):
        return []
    if not await auditors.may_join(tx, person.id):
        return []
    if await invitations.add(tx, community.id, person.id, received.received_at):
        told = notifications.row(recipient_id=person.id, type_=FOLLOW, actor_id=community.id, at=received.received_at)
        await notifications.add(tx, [told])
    return []
