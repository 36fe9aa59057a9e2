"""What members whose software knows no groups hear of threads in a community of ours that come and go.

They have a thread by an Announce of its id, and believe of nobody but its author that it is gone (group federation
6.4). So the community takes its Announce back, and makes another when the thread is there again. Called wherever posts
of others are taken out, deleted or put back, in that transaction; what is too much for it, `federation/settling.py`
does.
"""

from collections.abc import Sequence
from datetime import datetime

from federation.runtime import Maker
from federation.vocab.moderating import Moderating
from federation.vocab.outgoing import Outgoing
from federation.vocab.render import is_public
from models.engine import WriteTx
from models.queries import boosts
from models.queries.actors import ActorRow
from models.queries.boosts import Boost
from models.writes import boosts as boost_writes


async def settle(
    tx: WriteTx, here: Maker, community: ActorRow | None, at: datetime, *, first: int = 0
) -> list[Outgoing]:
    """What is to be said of threads that are otherwise here than such members have heard; of `boosts.MOST` at once, and
    the rest soon after. Always of `first`, the number of a thread.
    """
    return await turn(tx, here, community, at, first=first) or []


async def turn(
    tx: WriteTx, here: Maker, community: ActorRow | None, at: datetime, *, first: int = 0
) -> list[Outgoing] | None:
    """The same; None where there is no such thread, or somebody else is at work on all there are."""
    if community is None or not community.is_local:
        return None
    found = await boosts.differing(tx, community.id, shows=is_public(community), first=first)
    if len(found) == boosts.MOST:
        tx.wake(boost_writes.WAKES)
    return await _told(tx, here, community, found, at) if found else None


async def _told(tx: WriteTx, here: Maker, community: ActorRow, found: Sequence[Boost], at: datetime) -> list[Outgoing]:
    compose, over = Moderating(here, at), [one for one in found if one.is_over]
    await boost_writes.undone(tx, [one.wrapper_id for one in over], at)
    outgoings = [compose.undo_boost(community, one) for one in over if not one.is_told]
    again = {one.wrapper_id: here.tokens.next_id(at) for one in found if not one.is_over}
    await boost_writes.made(tx, again)
    return outgoings + [compose.boost(community, one, again[one.wrapper_id]) for one in found if not one.is_over]
