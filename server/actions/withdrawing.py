"""People of this firm whom its administrators withdraw from a partner's community, and let in again (J9, section 9).

It is the firm's word, not the person's: where an agreement is in force, the server's own actor says it to the partner;
other software believes an Undo from the person alone, and gets that.
"""

from typing import Protocol

import msgspec

from federation.inbox import notice
from federation.outbox.publish import publish
from federation.runtime import Maker
from federation.vocab.compose import Composer
from models.actors import PERSON
from models.engine import ReadTx, WriteTx
from models.peers import ACTIVE
from models.queries import actors, agreements, follows
from models.queries import withdrawals as reading
from models.queries.actors import ActorRow
from models.queries.follows import FollowRow
from models.queries.peers import PeerRow
from models.queries.withdrawals import WithdrawnRow
from models.writes import audit, feeds, invitations
from models.writes import follows as follow_writes
from models.writes import withdrawals as writing
from server.actions import local_actors, partners
from server.actions.refusals import NotThere, Refused
from server.http.languages import to_translate


class Here(local_actors.Here, Maker, Protocol):
    """What it takes to tell a partner of it."""


class Case(msgspec.Struct, frozen=True):
    """Somebody of this firm, and a community of a partner's."""

    peer: PeerRow
    person: ActorRow
    community: ActorRow


async def withdraw(tx: WriteTx, here: Here, domain: str, person: str, community: str, *, by: str) -> tuple[Case, bool]:
    """End their membership or wish to join, and keep them from asking again; False where it was so already.

    Names are as in `plans`, `@plans@partner.example` or the id. Raises `Refused` for who is not of this firm, for what
    is no community of the partner's that is known here, and while the exchange is not active: nobody would be told.
    """
    case = await _case(tx, here, domain, person, community)
    if case.peer.state != ACTIVE:
        raise Refused(
            to_translate("The exchange with %(host)s is not active: it cannot be told of this now."),
            host=case.peer.host,
        )
    # First, because it makes privileged acts queue up.
    await _log(tx, here, case, "withdraw", by)
    at = here.clock.now()
    is_new = await writing.add(tx, case.community.id, case.person.id, at)
    await invitations.take(tx, case.community.id, case.person.id)
    known = await follows.find(tx, case.person.id, case.community.id)
    if known is not None:
        await follow_writes.remove(tx, known.id)
        await feeds.leave(tx, case.person.id, case.community.id)
        await _tell_partner(tx, here, case, known)
    if is_new:
        await notice.tell_of_withdrawal(tx, here, case.person, case.community, at=at)
    return case, is_new


async def readmit(tx: WriteTx, here: Here, domain: str, person: str, community: str, *, by: str) -> tuple[Case, bool]:
    """They may ask to join again, which they do themselves; False where nobody had withdrawn them. Raises `Refused`."""
    case = await _case(tx, here, domain, person, community)
    await _log(tx, here, case, "readmit", by)
    if not await writing.lift(tx, case.community.id, case.person.id):
        return case, False
    await notice.tell_of_readmission(tx, here, case.person, case.community, at=here.clock.now())
    return case, True


async def withdrawn_at(tx: ReadTx, peer_id: int) -> list[WithdrawnRow]:
    """Who was withdrawn from communities of a partner, the newest first."""
    return await reading.at_peer(tx, peer_id)


async def own_person(tx: ReadTx, here: Here, name: str) -> ActorRow:
    """Somebody of this firm, by name or id. Raises `NotThere`."""
    who = await _named(tx, name, here.config.domain)
    if who is None or not who.is_local or who.type != PERSON:
        raise NotThere(to_translate("%(name)s is nobody of this firm."), name=name)
    return who


async def community_of(tx: ReadTx, peer: PeerRow, name: str) -> ActorRow:
    """A community of a partner's, by name or id. Raises `NotThere`."""
    where = await _named(tx, name, peer.host)
    if where is None or not where.is_community or where.peer_id != peer.id:
        raise NotThere(
            to_translate("%(host)s has no community %(name)s that is known here."), host=peer.host, name=name
        )
    return where


async def _case(tx: ReadTx, here: Here, domain: str, person: str, community: str) -> Case:
    peer = await partners.find(tx, here, domain)
    return Case(peer, await own_person(tx, here, person), await community_of(tx, peer, community))


async def _named(tx: ReadTx, name: str, host: str) -> ActorRow | None:
    """An actor by id, or by handle, which is at this host where it does not say."""
    plain, _, at_host = name.strip().removeprefix("@").partition("@")
    return await actors.by_uri(tx, name.strip()) or await actors.by_handle(tx, plain, (at_host or host).lower())


async def _log(tx: WriteTx, here: Here, case: Case, action: str, by: str) -> None:
    details: dict[str, object] = {"community": case.community.acct}
    await audit.append(
        tx, at=here.clock.now(), actor=by, action=f"partner.{action}", object=case.person.acct, details=details
    )


async def _tell_partner(tx: WriteTx, here: Here, case: Case, known: FollowRow) -> None:
    compose = Composer(here, here.clock.now())
    by = await actors.server_actor(tx) if await agreements.in_force(tx, case.peer.id) else None
    await publish(tx, [compose.undo_follow(known.activity_uri, case.person, case.community, by=by)])
