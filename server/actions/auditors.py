"""Auditors belong to no community, and read in none but in a legal case (product section 9).

Whoever is given the office leaves theirs as a leaver does; who gives it back joins again as anybody does. The gate asks
the account, so that a membership which is there all the same opens nothing until it is ended.
"""

from datetime import datetime
from typing import Final

from federation.outbox.publish import publish
from federation.runtime import Runtime
from federation.vocab.compose import Composer
from federation.vocab.moderating import Moderating
from federation.vocab.outgoing import Outgoing
from models.accounts import AUDITOR
from models.authority import FirmVerb, may_in_firm
from models.engine import WriteTx
from models.queries import actors
from models.queries import auditors as reading
from models.queries import leaving as leavers
from models.writes import audit, feeds, follows, notifications
from models.writes import leaving as writing
from models.writes.audit import SERVER
from server.actions import leaving, succession
from server.actions.refusals import Refused
from server.http.languages import to_translate

JOINS_NONE: Final = to_translate(
    "As an auditor you belong to no community: you read in one when two people have opened a case about it"
)
IS_AUDITOR: Final = to_translate("%(name)s is an auditor, and auditors belong to no community.")
HOSTS_NONE: Final = to_translate("%(name)s is a guest or an observer, who host no community.")

_AT_ONCE: Final = 20


def require_host(name: str, role: str) -> None:
    """Whether whose account has this role can host a community. Raises `Refused`, of guests and observers too."""
    if not may_in_firm(role, FirmVerb.JOIN):
        raise Refused(IS_AUDITOR if role == AUDITOR else HOSTS_NONE, name=name)


async def leave_communities(tx: WriteTx, here: leaving.Here, actor_id: int, at: datetime) -> None:
    """Somebody is in no community any more and asks to join none, here at once and at partners by what they are told.

    Communities whose only host they were look for another one (product J11). What they wrote stays, and whom they
    follow. Nothing is kept for a return.
    """
    person = await actors.by_id(tx, actor_id)
    if person is None:
        return
    undone: list[Outgoing] = []
    for community in await leavers.led_by(tx, actor_id):
        undone += Moderating(here, at).name_moderator(person, community, person, names=False)
    orphans = await leavers.led_alone_by(tx, actor_id)
    for follow_id, uri, community in await reading.memberships_of(tx, actor_id):
        await follows.remove(tx, follow_id)
        await feeds.leave(tx, actor_id, community.id)
        await notifications.withdraw_request(tx, applicant_id=actor_id, target_id=community.id)
        if not community.is_local:
            undone.append(Composer(here, at).undo_follow(uri, person, community))
    await writing.forget_places(tx, actor_id)
    for community_id in orphans:
        await succession.begin(tx, community_id, at)
    await succession.pass_on(tx, at)
    await publish(tx, undone)


async def keep_out(runtime: Runtime) -> None:
    """End the memberships of auditors who had some when this was not refused yet. Safe to call any time."""
    now, more = runtime.clock.now(), True
    while more:
        async with runtime.db.write() as tx:
            # Whoever is given another office at this moment is it before or after, not between.
            await audit.stand_still(tx)
            found = await reading.in_communities(tx, _AT_ONCE)
            for actor_id in found:
                person = await actors.by_id(tx, actor_id)
                name = person.acct if person is not None else str(actor_id)
                await audit.append(tx, at=now, actor=SERVER, action="user.no-communities", object=name, details={})
                await leave_communities(tx, runtime, actor_id, now)
        more = len(found) == _AT_ONCE
