"""One actor at a partner whom our administrators block, where suspending their whole firm would be too much.

What they do is refused (`federation/inbox/blocked.py`), what they wrote and they themselves are not shown to anybody
here (`models/gate.py`), and what bound them to people and communities here ends. Lifting it shows again what was
hidden; they join and follow anew if they want to.
"""

from federation.peers import REVISION
from models.actors import APPLICATION
from models.engine import ReadTx, WriteTx
from models.queries import administration, follows
from models.queries.actors import ActorRow
from models.writes import actors as actor_writes
from models.writes import audit, state
from server.actions import moderation, openness
from server.actions.follows import cut, leave
from server.actions.refusals import Refused
from server.actions.seats import Here
from server.http.languages import to_translate

MAX_REASON = 500


async def block(tx: WriteTx, here: Here, actor: ActorRow, *, by: str, reason: str = "") -> bool:
    """Refuse and hide one actor of a partner; False where it was so. Raises `Refused` for our own, and for a server.

    The reason stands in the trail and is told to nobody else.
    """
    _require_one_elsewhere(actor)
    at = here.clock.now()
    details = {"reason": " ".join(reason.split())[:MAX_REASON]}
    # First, because it makes privileged acts queue up.
    await audit.append(tx, at=at, actor=by, action="actor.block", object=actor.acct, details=details)
    if actor.blocked_at is not None:
        return False
    for known, target in await follows.of_follower(tx, actor.id):
        if target.is_community:
            await openness.remove_member(tx, here, await moderation.servers_seat(tx, here, target, by=by), actor)
        else:
            await cut(tx, here, known, actor, at)
    for known, _ in await follows.followers_here(tx, actor.id):
        await leave(tx, here, known, actor, at)
    await actor_writes.block(tx, actor.id, at)
    await state.bump_revision(tx, REVISION)
    return True


async def unblock(tx: WriteTx, here: Here, actor: ActorRow, *, by: str) -> bool:
    """Listen to them again, and show what they wrote; False where nobody blocks them. Raises `Refused`."""
    _require_one_elsewhere(actor)
    await audit.append(tx, at=here.clock.now(), actor=by, action="actor.unblock", object=actor.acct, details={})
    if actor.blocked_at is None:
        return False
    await actor_writes.block(tx, actor.id, None)
    await state.bump_revision(tx, REVISION)
    return True


async def named(tx: ReadTx, here: Here, handle: str) -> ActorRow:
    """A person or a community that is known here, by handle or id. Raises `Refused`."""
    found = await administration.actor_named(tx, handle.strip(), here.config.domain)
    if found is None:
        raise Refused(to_translate("Nobody known here is called %(handle)s."), handle=handle)
    return found


def _require_one_elsewhere(actor: ActorRow) -> None:
    if actor.is_local:
        raise Refused(to_translate("%(name)s is of this firm: suspend the account."), name=actor.acct)
    if actor.type == APPLICATION:
        raise Refused(to_translate("%(name)s is a server: suspend the partner."), name=actor.acct)
