"""What people of this firm wrote in a partner's communities, taken back by its administrators (product section 9).

To the partner it is as if the authors had deleted it: a Delete of each post, and a request that it confirms by receipt,
also while the exchange rests. It goes in batches, each a transaction of its own with its entry in the trail: what was
interrupted goes on by the same command.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from federation.inbox import notice
from models.engine import Database, ReadTx, WriteTx
from models.peers import ACTIVE, SUSPENDED
from models.queries import withdrawals as reading
from models.queries.actors import ActorRow
from models.queries.peers import PeerRow
from models.queries.withdrawals import WrittenRow
from models.retention import BY_AUTHOR
from models.retractions import DELETED
from models.writes import audit, keeping, retractions
from server.actions import partners, withdrawing
from server.actions.about_posts import take_away
from server.actions.refusals import Refused
from server.actions.withdrawing import Here
from server.http.languages import to_translate

_AT_ONCE: Final = 25


class Extent(msgspec.Struct, frozen=True):
    """How much of whom there is, or was, in which communities of a partner's."""

    peer: PeerRow
    person: ActorRow
    places: list[WrittenRow]

    @property
    def posts(self) -> int:
        """In all of them."""
        return sum(place.posts for place in self.places)


async def preview(tx: ReadTx, here: Here, domain: str, person: str, community: str) -> Extent:
    """What would go; of one community, or, where none is named (""), of all that the partner has. Raises `Refused` for
    who is not of this firm, for what is no community there, and where the exchange has ended: then all was called back.
    """
    peer = await partners.find(tx, here, domain)
    if peer.state not in (ACTIVE, SUSPENDED):
        raise Refused(to_translate("There is no exchange with %(host)s: it was asked for everything."), host=peer.host)
    who = await withdrawing.own_person(tx, here, person)
    where = await withdrawing.community_of(tx, peer, community) if community else None
    places = await reading.written_at(tx, who.id, peer.id)
    return Extent(peer, who, [one for one in places if where is None or one.community_id == where.id])


async def withdraw(db: Database, here: Here, domain: str, person: str, community: str, *, by: str) -> Extent:
    """Delete it here, call it back there, and tell the author; what that was. Raises as `preview`."""
    async with db.read() as tx:
        found = await preview(tx, here, domain, person, community)
    gone = [await _withdraw_from(db, here, found, place, by=by) for place in found.places]
    return msgspec.structs.replace(found, places=[place for place in gone if place.posts])


async def _withdraw_from(db: Database, here: Here, found: Extent, place: WrittenRow, *, by: str) -> WrittenRow:
    count, more = 0, True
    while more:
        async with db.write() as tx:
            # Whoever does the same beside us comes to what is left.
            await audit.stand_still(tx)
            ids = await reading.next_posts(tx, found.person.id, place.community_id, _AT_ONCE)
            if ids:
                at = here.clock.now()
                await _log(tx, at, found, place, len(ids), by)
                if not count:
                    await notice.tell_of_withdrawn_posts(tx, here, found.person, _handle(found, place), at=at)
                await _remove(tx, here, ids, at)
        count += len(ids)
        more = len(ids) == _AT_ONCE
    return msgspec.structs.replace(place, posts=count)


async def _log(tx: WriteTx, at: datetime, found: Extent, place: WrittenRow, count: int, by: str) -> None:
    details: dict[str, object] = {"community": _handle(found, place), "posts": count}
    await audit.append(tx, at=at, actor=by, action="partner.withdraw-posts", object=found.person.acct, details=details)


def _handle(found: Extent, place: WrittenRow) -> str:
    return f"{place.community}@{found.peer.host}"


async def _remove(tx: WriteTx, here: Here, ids: Sequence[int], at: datetime) -> None:
    await keeping.keep_posts(tx, here.vault, ids, at, why=BY_AUTHOR, bins=True)
    await retractions.of_posts(tx, ids, DELETED, at)
    await take_away(tx, here, ids, at)
