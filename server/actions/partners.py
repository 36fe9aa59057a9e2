"""Partners: naming the servers we exchange with, suspending one, ending with one. All by their canonical host.

A basic partner has no agreement, so one side's word is enough for each step (product section 3). With an agreement in
force each step is also a letter to the other side, and going on takes both.
"""

from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Protocol

from federation.agreements import steps
from federation.agreements.steps import Step
from federation.outbox.publish import publish
from models.engine import ReadTx, WriteTx
from models.peers import ACTIVE, ENDED, PROPOSED, SUSPENDED
from models.queries import agreements, peers
from models.queries.peers import PeerRow
from models.queries.sharing_notices import shared
from models.writes import agreements as versions
from models.writes import audit, catching_up, outbox, remote_keys, state
from models.writes import peers as rows
from models.writes import sharing_notices as owed_notices
from server.actions import sharing_notices
from server.actions.agreements import office, other_actor
from server.actions.local_actors import Here
from server.actions.partner_hosts import partner_host
from server.actions.refusals import NotThere, Refused
from server.actions.seats import Here as Telling
from server.http.languages import to_translate


class Word(Protocol):
    """What one side says to one partner; one of the functions below. How it stands then; raises `Refused`."""

    def __call__(self, tx: WriteTx, here: Here, domain: str, *, by: str) -> Awaitable[PeerRow]: ...


async def allow(tx: WriteTx, here: Telling, domains: Sequence[str], *, by: str) -> list[PeerRow]:
    """Make basic partners of these servers: of all of them, or of none. Naming an active partner again changes nothing.

    Hosts are told into which of their communities these firms' people may come. Raises `Refused` for what is no host
    name, for ourselves, and for a partner that is suspended.
    """
    hosts = list(dict.fromkeys(partner_host(here, domain) for domain in domains))
    at = here.clock.now()
    await agreements.hold(tx, hosts)
    before = {host: peer.state for host, peer in (await peers.of_hosts(tx, hosts)).items()}
    if held := [host for host in hosts if before.get(host) == SUSPENDED]:
        raise Refused(to_translate("%(host)s is suspended. Resume it, or end with it first."), host=held[0])
    await _refuse_below_suspended(tx, hosts)
    new = sorted(host for host in hosts if before.get(host) != ACTIVE)
    for host in new:
        await rows.add(tx, host, at)
    # One by one, and after all of the partners: each is an entry of its own in the audit trail.
    for host in new:
        await audit.append(tx, at=at, actor=by, action="partner.allow", object=host, details={})
    await state.bump_revision(tx, state.PEERS)
    found = await peers.of_hosts(tx, hosts)
    await owed_notices.owe(tx, await shared(tx, [found[host].id for host in new]))
    await sharing_notices.tell_next(tx, here, at)
    return [found[host] for host in hosts]


async def suspend(tx: WriteTx, here: Here, domain: str, *, by: str, reason: str = "") -> PeerRow:
    """Hold everything both ways, with partners below the same domain as well; what is owed stays in the queue.

    Whoever runs a domain has all names below it (threats T058). Doing it twice changes nothing. The other side of an
    agreement is told the reason.
    """
    peer = await find(tx, here, domain)
    if peer.state == ENDED:
        raise Refused(
            to_translate("The exchange with %(host)s has ended: there is nothing to suspend."), host=peer.host
        )
    if peer.state == PROPOSED:
        raise Refused(to_translate("With %(host)s nothing is agreed yet: there is nothing to suspend."), host=peer.host)
    below = [other.host for other in await peers.everyone(tx) if other.host.endswith(f".{peer.host}")]
    await agreements.hold(tx, [peer.host, *below])
    for other in (await peers.of_hosts(tx, below)).values():
        if await _may_go_on(tx, other):
            await _suspend_one(tx, here, other, by=by, reason=reason)
    return await _suspend_one(tx, here, peer, by=by, reason=reason)


async def decline(tx: WriteTx, here: Here, domain: str, *, by: str) -> PeerRow:
    """Say no to the terms that they propose; whatever is in force stays. Raises `Refused`.

    A draft that answers them is given up with it.
    """
    peer = await find(tx, here, domain)
    await agreements.hold(tx, [peer.host])
    open_one = await agreements.proposed(tx, peer.id)
    if open_one is None or open_one.is_ours:
        raise Refused(to_translate("%(host)s proposes nothing that waits for your signature."), host=peer.host)
    other = await other_actor(tx, here, peer.host)
    desk, at = await office(tx, here), here.clock.now()
    await publish(tx, await steps.decline(tx, desk, peer.host, other, at=at, by=by))
    draft = await agreements.draft(tx, peer.host)
    if draft is not None and draft.answers is not None:
        await versions.drop_draft(tx, draft.id)
    return await find(tx, here, peer.host)


async def take_back(tx: WriteTx, here: Here, domain: str, *, by: str) -> PeerRow:
    """What we proposed and they have not signed is over; whatever is in force stays. Raises `Refused`."""
    peer = await find(tx, here, domain)
    await agreements.hold(tx, [peer.host])
    if not await agreements.offered_by_us(tx, peer.id):
        raise Refused(
            to_translate("Nothing that this firm proposed waits for the signature of %(host)s."), host=peer.host
        )
    if peer.state == PROPOSED:
        return await end(tx, here, peer.host, by=by)
    return await _by_letter(tx, here, peer, steps.take_back, by=by)


async def suspend_all(tx: WriteTx, here: Here, *, by: str, reason: str = "") -> list[str]:
    """The kill switch: nothing begins or goes on without a word of ours (product J10); the hosts held by it.

    Where we had said `resume` to a suspended partner, that does not count any more. What we proposed to a firm that is
    no partner yet is taken back: its signature would begin an exchange.
    """
    await agreements.hold(tx, [peer.host for peer in await peers.everyone(tx)])
    held = []
    for peer in await peers.everyone(tx):
        if peer.state == PROPOSED and await agreements.offered_by_us(tx, peer.id):
            await take_back(tx, here, peer.host, by=by)
        elif await _may_go_on(tx, peer):
            await _suspend_one(tx, here, peer, by=by, reason=reason)
            held.append(peer.host)
    return held


async def _may_go_on(tx: ReadTx, peer: PeerRow) -> bool:
    """It goes on, or does so as soon as the other side says so."""
    standing = await agreements.standing(tx, peer.host)
    waits_for_them = standing is not None and standing.awaits_them and not standing.awaits_us
    return peer.state == ACTIVE or (peer.state == SUSPENDED and waits_for_them)


async def _suspend_one(tx: WriteTx, here: Here, peer: PeerRow, *, by: str, reason: str) -> PeerRow:
    if await agreements.in_force(tx, peer.id):
        return await _by_letter(tx, here, peer, partial(steps.suspend, reason=reason), by=by)
    return await _change(tx, here, peer, "partner.suspend", before=(ACTIVE,), after=SUSPENDED, by=by, reason=reason)


async def resume(tx: WriteTx, here: Here, domain: str, *, by: str) -> PeerRow:
    """Go on after a suspension; what was held is delivered in order. Doing it twice changes nothing.

    Whoever resumes a partner that the server itself suspended says that its new keys are its own (threats T066).
    """
    peer = await find(tx, here, domain)
    if peer.state == ENDED:
        raise Refused(
            to_translate("The exchange with %(host)s has ended. Allow it anew to begin again."), host=peer.host
        )
    await _refuse_below_suspended(tx, [peer.host])
    terms = await agreements.in_force(tx, peer.id)
    if terms is not None:
        if terms.review_at <= here.clock.now():
            raise Refused(
                to_translate("The review date of the agreement with %(host)s is past: sign a new version first."),
                host=peer.host,
            )
        await remote_keys.confirm(tx, peer.host, here.clock.now())
        return await _by_letter(tx, here, peer, steps.resume, by=by)
    changed = await _change(tx, here, peer, "partner.resume", before=(SUSPENDED,), after=ACTIVE, by=by)
    await outbox.reopen(tx, peer.id)
    await remote_keys.confirm(tx, peer.host, here.clock.now())
    if peer.state == SUSPENDED:
        # What the other side wanted to send meanwhile was refused.
        await catching_up.request_of_peer(tx, peer.id, since=peer.seen_at, at=here.clock.now())
    return changed


async def end(tx: WriteTx, here: Here, domain: str, *, by: str, reason: str = "") -> PeerRow:
    """End the exchange: nothing is owed any more, and memberships across end. What was sent stays where it is.

    Where nothing but proposals is there, theirs is declined, and ours are taken back.
    """
    peer = await find(tx, here, domain)
    if await agreements.in_force(tx, peer.id):
        return await _by_letter(tx, here, peer, partial(steps.end, reason=reason), by=by)
    if peer.state == PROPOSED and await agreements.proposed(tx, peer.id) is not None:
        other = await other_actor(tx, here, peer.host)
        letters = await steps.withdraw(tx, await office(tx, here), peer.host, other, at=here.clock.now(), by=by)
        await publish(tx, letters)
        return await find(tx, here, peer.host)
    before = (PROPOSED, ACTIVE, SUSPENDED)
    changed = await _change(tx, here, peer, "partner.end", before=before, after=ENDED, by=by, reason=reason)
    await rows.part(tx, peer.id)
    return changed


async def _refuse_below_suspended(tx: ReadTx, hosts: Sequence[str]) -> None:
    """Raises `Refused` for hosts below a domain that is suspended (threats T058)."""
    above = {
        ".".join(labels[cut:]): host for host in hosts if (labels := host.split(".")) for cut in range(1, len(labels))
    }
    for peer in (await peers.of_hosts(tx, list(above))).values():
        if peer.state == SUSPENDED:
            raise Refused(
                to_translate("%(host)s is below %(above)s, which is suspended. Resume that one first."),
                host=above[peer.host],
                above=peer.host,
            )


async def find(tx: ReadTx, here: Here, domain: str) -> PeerRow:
    """The partner with this host, in whatever state. Raises `Refused`."""
    host = partner_host(here, domain)
    peer = await peers.by_host(tx, host)
    if peer is None:
        raise NotThere(to_translate("%(host)s is not a partner."), host=host)
    return peer


async def _by_letter(tx: WriteTx, here: Here, peer: PeerRow, step: Step, *, by: str) -> PeerRow:
    other = await other_actor(tx, here, peer.host)
    assert other is not None, "whoever signed an agreement was looked up"
    await publish(tx, await step(tx, await office(tx, here), peer.host, other, at=here.clock.now(), by=by))
    return await find(tx, here, peer.host)


async def _change(
    tx: WriteTx,
    here: Here,
    peer: PeerRow,
    action: str,
    *,
    before: tuple[str, ...],
    after: str,
    by: str,
    reason: str = "",
) -> PeerRow:
    if await rows.change_state(tx, peer.host, before=before, after=after, at=here.clock.now()):
        details: dict[str, object] = {"reason": reason} if reason else {}
        await audit.append(tx, at=here.clock.now(), actor=by, action=action, object=peer.host, details=details)
        await state.bump_revision(tx, state.PEERS)
    return await find(tx, here, peer.host)
