"""Who did what a community announces, on the word of its firm (spec/group-federation.md 8, step 4c; interface 6.12).

Members of B and C meet in a community of A; B and C are not each other's partners, so that B may ask C for nothing.
Where B has an agreement with A, and its terms name the community, A's word stands for C's people: for what they do in
that community, and nowhere else. Basic partners are never believed in this way. People whose own server is a partner
here are asked for there, and are what it says; A's word stands for what it does not show us: what was written in a
community that is not open goes to the community's server alone.
"""

import structlog

from federation.agreements import terms
from federation.agreements.office import document_of
from federation.errors import Denied, Malformed
from federation.inbox.context import Received
from federation.transport.hosts import host_of, same_origin
from federation.vocab import types
from models.engine import ReadTx
from models.peers import AGREEMENT
from models.queries import actors, agreements, follows
from models.queries.actors import ActorRow
from models.writes import actors as actor_writes
from models.writes import peers as peer_writes

log = structlog.get_logger()


async def author(received: Received[types.Announce], activity: types.Activity) -> ActorRow | None:
    """The actor of an announced activity, if the community's firm may answer for them; None otherwise.

    Nothing is asked of anybody. Raises `Denied` where nobody here is a member.
    """
    said = received.activity.vouched
    if said is None or not await _has_right(received, activity, said, of_partner=False):
        return None
    host = host_of(said.id)
    async with received.tools.runtime.db.read() as tx:
        if not await follows.has_local_follower(tx, received.actor.id):
            raise Denied("nobody here is in that community", reason="not_authorized", group=received.actor.uri)
        known = await actors.by_uri(tx, said.id)
    return known if known is not None and _stands(received, known, said) else await _keep(received, said, host)


async def stands_for(received: Received[types.Announce], activity: types.Activity) -> bool:
    """Whether the community's word stands for what somebody of a partner of ours did, which that partner would not
    show us.
    """
    said = received.activity.vouched
    return said is not None and await _has_right(received, activity, said, of_partner=True)


async def _has_right(
    received: Received[types.Announce], activity: types.Activity, said: types.Vouched, *, of_partner: bool
) -> bool:
    if said.id != activity.actor or not same_origin(activity.id, activity.actor):
        return False
    try:
        host = host_of(said.id)
        await _require_right(received, said, host)
        if received.tools.peers.is_active(host) != of_partner:
            raise _no("server of the person is a partner here, and is asked itself")
    except (Denied, Malformed) as error:
        log.info("vouching.refused", community=received.actor.id, actor=said.id, reason=str(error))
        return False
    return True


def _stands(received: Received[types.Announce], known: ActorRow, said: types.Vouched) -> bool:
    """What their own server said before, or another partner that is one still, is not for this community to change."""
    if known.vouched_by == received.actor.host:
        return known.display_name == said.name
    return known.vouched_by is None or received.tools.peers.is_active(known.vouched_by)


async def _require_right(received: Received[types.Announce], said: types.Vouched, host: str) -> None:
    """Raises `Denied`, saying why the word of the community does not stand for this person."""
    community, peers = received.actor, received.tools.peers
    await peers.refresh()
    voucher = peers.by_id(community.peer_id or 0)
    if voucher is None or not voucher.is_active or voucher.kind != AGREEMENT:
        raise _no("firm of the community has no agreement with ours")
    if said.host != host:
        raise _no("person is of another host than the community says")
    if host in (community.host, host_of(received.tools.runtime.config.base_url)):
        raise _no("person is of the community's own server, or of ours")
    if peers.is_suspended(host):
        raise _no("server of the person is suspended here")
    async with received.tools.runtime.db.read() as tx:
        if not await _is_agreed(tx, received, voucher.id):
            raise _no("terms do not name the community")


async def _is_agreed(tx: ReadTx, received: Received[types.Announce], peer_id: int) -> bool:
    """The terms in force share the community with us, by name or because its hosts opened it."""
    row = await agreements.in_force(tx, peer_id)
    if row is None or row.review_at <= received.tools.runtime.clock.now():
        return False
    text = terms.read(document_of(row))
    theirs = text.share_of(text.other_than(received.tools.runtime.config.url("/actor")).server)
    return received.actor.uri in theirs.communities or theirs.whatever_hosts_open


def _no(why: str) -> Denied:
    return Denied(why, reason="not_authorized")


async def _keep(received: Received[types.Announce], said: types.Vouched, host: str) -> ActorRow | None:
    """A row without keys and inbox, of a host that stays a stranger. None: they deleted themselves here."""
    runtime = received.tools.runtime
    now = runtime.clock.now()
    async with runtime.db.write() as tx:
        peer_id = await peer_writes.hear_of(tx, host, now)
        await actor_writes.vouch(
            tx,
            {
                "id": runtime.tokens.next_id(now),
                "uri": said.id,
                "type": said.kind,
                "username": said.username,
                "host": host,
                "peer_id": peer_id,
                "display_name": said.name,
                "url": said.id,
                "inbox_url": said.id,
                "created_at": now,
                "vouched_by": received.actor.host,
            },
        )
        return await actors.by_uri(tx, said.id)
