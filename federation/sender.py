"""The sending loop: lease peers that are owed something, deliver, write down how it went.

A crash between sending and writing down means a second sending, never a lost one (threats R7, T190).
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from federation.key_ring import KeyRing
from federation.outbox.deliver import Owed, Payload, PeerDelivery, Report
from federation.outbox.publish import WAKES
from federation.outbox.retry import Health
from federation.peers import PeerBook
from federation.runtime import Runtime
from federation.sync import FollowerDigests
from models.engine import WriteTx
from models.outbox import DeliveryQueue
from models.writes import outbox, resending

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 20.0
POLL_SECONDS = 2.0
IN_FLIGHT = 64
PEERS_AT_ONCE = 256
ROWS_EACH = 64
_NOTE_SECONDS = 0.05
_LOOKS_APART_SECONDS = 0.02
"""What is published while much is published goes together: each look costs as much as a statement of publishing."""


class Sender:
    """One worker's loop. `owner` names it in leases."""

    def __init__(self, runtime: Runtime, peers: PeerBook, keys: KeyRing, owner: str) -> None:
        self._runtime = runtime
        self._peers = peers
        self._keys = keys
        self._owner = owner
        self._digests = FollowerDigests(runtime)
        self._gaps: set[int] = set()
        """Peers for which something was given up, as far as this worker has seen."""
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._running: dict[int, asyncio.Task[Report]] = {}
        self._done: list[int] = []
        self._stopping = asyncio.Event()
        self._looked_at = 0.0
        """By the loop's time."""

    async def run(self) -> None:
        """Deliver until `stop` is called; then finish what is under way and give the leases back."""
        async with self._runtime.db.write() as tx:
            await outbox.give_back(tx, owner=self._owner, kept=list(self._running))
        renewing = asyncio.ensure_future(self._keep_leases())
        try:
            while not self._stopping.is_set():
                await self._start_more()
                is_worth_looking = False
                while self._running and not is_worth_looking:
                    is_worth_looking = await self._collect()
                if not (self._running or is_worth_looking):
                    await self._runtime.events.wait(WAKES, POLL_SECONDS)
                    await self._gather()
            while self._running:
                await self._collect()
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()
        self._runtime.events.wake(WAKES)

    async def _gather(self) -> None:
        """Let a moment pass since the last look, in which more may be published."""
        left = self._looked_at + _LOOKS_APART_SECONDS - asyncio.get_running_loop().time()
        if left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), left)

    async def _start_more(self) -> None:
        """Lease free peers and start on them."""
        self._looked_at = asyncio.get_running_loop().time()
        await self._peers.refresh()
        room = PEERS_AT_ONCE - len(self._running)
        if room <= 0:
            return
        now = self._runtime.clock.now()
        async with self._runtime.db.read() as tx:
            if not await outbox.any_due(tx, now=now):
                return
        async with self._runtime.db.write() as tx:
            leased = await outbox.lease_queues(tx, owner=self._owner, now=now, until=now + LEASE, limit=room)
            if not leased:
                return
            owed = await self._load(tx, leased)
            healths = await self._healths(tx, leased)
        if any(self._peers.by_id(peer_id) is None for peer_id in leased):
            # Its row came a moment after the last look at the table.
            await self._peers.refresh(now=True)
        for peer_id in leased:
            # After a pause longer than a lease a peer may be leased twice; what is under way goes on.
            if peer_id not in self._running:
                self._start(peer_id, owed.get(peer_id, []), healths.get(peer_id, Health()))

    def _start(self, peer_id: int, owed: list[Owed], health: Health) -> None:
        peer = self._peers.by_id(peer_id)
        if peer is None:
            # It is gone again; the lease runs out by itself.
            return
        delivery = PeerDelivery(
            self._runtime,
            self._keys,
            self._peers,
            peer,
            health=health,
            slots=self._slots,
            on_done=self._done.append,
            digests=self._digests,
        )
        self._running[peer_id] = asyncio.ensure_future(delivery.run(owed))

    async def _load(self, tx: WriteTx, peers: Sequence[int]) -> dict[int, list[Owed]]:
        rows = list(await outbox.formal(tx, peers))
        formally = {row.peer_id for row in rows}
        rows += await outbox.oldest(tx, [peer for peer in peers if peer not in formally], ROWS_EACH)
        ids = {row.activity_id for row in rows}
        payloads = {row[0]: Payload(*row) for row in await outbox.payloads(tx, list(ids))}
        owed: dict[int, list[Owed]] = {}
        for row in rows:
            owed.setdefault(row.peer_id, []).append(
                Owed(
                    row.id,
                    row.peer_id,
                    row.order_key,
                    payloads[row.activity_id],
                    row.inbox_url,
                    row.created_at,
                    row.is_formal,
                )
            )
        return owed

    async def _healths(self, tx: WriteTx, peers: Sequence[int]) -> dict[int, Health]:
        found = await tx.select(
            select(
                DeliveryQueue.peer_id,
                DeliveryQueue.attempt,
                DeliveryQueue.refusals,
                DeliveryQueue.failing_since,
                DeliveryQueue.has_gap,
            ).where(DeliveryQueue.peer_id.in_(peers))
        )
        rows = found.all()
        self._gaps |= {row[0] for row in rows if row[4]}
        return {row[0]: Health(row[1], row[2], row[3]) for row in rows}

    async def _collect(self) -> bool:
        """Wait a moment for results, then write all of them down in one transaction.

        True where it is worth looking for more to do: a peer is free again, or something was published.
        """
        if self._running:
            await asyncio.wait(self._running.values(), timeout=_NOTE_SECONDS)
        finished = [peer_id for peer_id, task in self._running.items() if task.done()]
        tasks = [self._running.pop(peer_id) for peer_id in finished]
        reports = [task.result() for task in tasks if not task.cancelled()]
        over, self._done[:] = list(self._done), []
        if reports or over:
            async with self._runtime.db.write() as tx:
                await self._write(tx, reports, over)
        for report in reports:
            if report.is_unreachable:
                self._peers.expect(report.peer_id)
        # A peer that may not be contacted is released as it was: asking for it again at once would go on for ever.
        return any(report.did_something for report in reports) or await self._runtime.events.wait(WAKES, 0)

    async def _write(self, tx: WriteTx, reports: Sequence[Report], over: Sequence[int]) -> None:
        now = self._runtime.clock.now()
        dead = [(report, *letter) for report in reports for letter in report.dead]
        finished = [*over, *(owed.id for _, owed, _, _ in dead)]
        if finished:
            await outbox.delivered(tx, self._owner, finished)
        if dead:
            await outbox.bury(
                tx,
                [
                    {
                        "peer_id": owed.peer_id,
                        "activity_id": owed.payload.id,
                        "inbox_url": owed.inbox_url,
                        "status": status,
                        "reason": reason,
                        "at": now,
                    }
                    for _, owed, status, reason in dead
                ],
            )
        for report in reports:
            for inbox_url in report.gone_inboxes:
                await outbox.drop_inbox(tx, report.peer_id, inbox_url)
        await outbox.release(tx, self._owner, [_release_row(report, now) for report in reports])
        for report in reports:
            if report.has_gap or report.peer_id in self._gaps:
                self._gaps.add(report.peer_id)
                await self._close_gap(tx, report, now)

    async def _close_gap(self, tx: WriteTx, report: Report, now: datetime) -> None:
        """The peer is there again: it is sent what was given up, before anything else."""
        if report.had_success:
            resent = await resending.resend_given_up(tx, report.peer_id, now)
            log.info("delivery.resent", peer_id=report.peer_id, activities=resent)
            self._gaps.discard(report.peer_id)

    async def _keep_leases(self) -> None:
        while True:
            await self._runtime.clock.sleep(RENEW_SECONDS)
            try:
                await self._renew()
            except SQLAlchemyError as error:
                log.warning("delivery.leases_not_renewed", error=type(error).__name__)

    async def _renew(self) -> None:
        """Keep the leases of what is under way, and of nothing else: one that was left behind must run out."""
        running = dict(self._running)
        until = self._runtime.clock.now() + LEASE
        async with self._runtime.db.write() as tx:
            held = set(await outbox.renew_leases(tx, owner=self._owner, peers=list(running), until=until))
        for peer_id, task in running.items():
            if peer_id not in held:
                # Somebody else took over while we stood still: do not send beside them.
                task.cancel()


def _release_row(report: Report, now: datetime) -> dict[str, object]:
    return {
        "of_peer": report.peer_id,
        "again": report.next_attempt_at,
        "failures": report.health.failures,
        "refused": report.health.refusals,
        "failing": report.health.failing_since,
        "success": now if report.had_success else None,
        "error": report.last_error,
        "gap": report.has_gap,
        "ahead": report.clock_ahead,
    }
