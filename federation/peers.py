"""Which servers may speak to us, and what is known of each. Decided before any request is made (threats T054, T055).

The table is small and asked many times a second, so it is kept in memory and read again when its revision has moved,
which is looked at once a second. Hosts without a row, or whose row has ended, are strangers.
"""

import asyncio
from collections.abc import Collection, Coroutine
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import exists, or_, select

from federation.runtime import Clock
from federation.signatures.ways import BY_DRAFT, BY_ED25519, BY_RSA, ED25519_SIGNATURES, MESSAGE_SIGNATURES, Way
from models.actors import Actor, ServerState
from models.agreements import Agreement
from models.engine import Database, WriteTx
from models.peers import ACTIVE, AGREEMENT, ENDED, SUSPENDED, Peer
from models.writes import catching_up, outbox, peer_facts, resending, state

REVISION = "peers"
"""Row of `server_state` that every change of a peer moves on, and of whom our administrators block there."""

LONG_ABSENCE = timedelta(days=14)
"""Deliveries are kept as long as this: after a longer silence something is missing."""

_FRESH_SECONDS = 1.0
_SEEN_EVERY_SECONDS = 60.0


class PeerInfo(msgspec.Struct, frozen=True):
    """One peer as last read."""

    id: int
    host: str
    kind: str
    state: str
    software: str | None
    signature_scheme: str | None
    is_named: bool = True
    signature_algorithm: str | None = None
    suspended_at: datetime | None = None
    has_signed: bool = False
    """There are terms that both have signed, in force or not: what is called back by them goes on."""

    @property
    def is_active(self) -> bool:
        """Content goes both ways."""
        return self.state == ACTIVE

    @property
    def may_be_asked(self) -> bool:
        """Requests may go to it: an administrator named it, and it is active or there are letters to be sent.

        Whoever proposes something in the name of a former partner changes nothing about that (threats T241).
        """
        return self.is_active or (self.kind == AGREEMENT and (self.is_named or self.has_signed))


class PeerBook:
    """The peers, in memory, for one process."""

    def __init__(self, db: Database, clock: Clock, *, federates: bool) -> None:
        self._db = db
        self._clock = clock
        self._federates = federates
        self._by_host: dict[str, PeerInfo] = {}
        self._blocked: frozenset[str] = frozenset()
        self._revision: int | None = None
        self._looked_at: float | None = None
        self._reading = asyncio.Lock()
        self._seen: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def decide(self, host: str) -> PeerInfo | None:
        """The active peer at this host; None: whatever it says is refused, and nothing is asked of it.

        Where the exchange with a known partner rests the table is looked at again: what follows the last word of a
        resumption at once would be refused for good by what is remembered of the second before (threats T235).
        """
        await self.refresh()
        if self._federates and host in self._by_host and self._active(host) is None:
            await self.refresh(now=True)
        return self._active(host)

    def may_contact(self, host: str) -> bool:
        """Whether a request may go to this host, for the transport's gate, which asks at every hop and cannot wait.

        From what was last read. Wider than `decide`: letters about an agreement go also while it is proposed,
        suspended or over. What content is asked for or sent, `decide` and `is_active` say.
        """
        peer = self._by_host.get(host)
        return peer is not None and peer.may_be_asked and self._federates

    def is_active(self, host: str) -> bool:
        """Whether content may go to this host, from what was last read."""
        return self._active(host) is not None

    def is_suspended(self, host: str) -> bool:
        """An administrator suspended this host, or a domain that it is below (threats T058)."""
        labels = host.split(".")
        above = (self._by_host.get(".".join(labels[cut:])) for cut in range(len(labels)))
        return any(peer is not None and peer.state == SUSPENDED for peer in above)

    def is_blocked(self, actor_uri: str) -> bool:
        """Our administrators block this one actor, from what was last read."""
        return actor_uri in self._blocked

    def _active(self, host: str) -> PeerInfo | None:
        peer = self._by_host.get(host)
        return peer if peer is not None and peer.is_active and self._federates else None

    def known_way(self, host: str) -> Way | None:
        """How to sign for a host: as it announced, or else as has worked."""
        peer = self._by_host.get(host)
        if peer is None:
            return None
        if peer.signature_algorithm == BY_ED25519.kind:
            return BY_ED25519
        return next((way for way in (BY_DRAFT, BY_RSA) if way.scheme == peer.signature_scheme), None)

    def by_id(self, peer_id: int) -> PeerInfo | None:
        """A peer by its row's id, whatever its state."""
        return next((peer for peer in self._by_host.values() if peer.id == peer_id), None)

    def at(self, host: str) -> PeerInfo | None:
        """The peer at this canonical host, whatever its state, from what was last read."""
        return self._by_host.get(host)

    async def refresh(self, *, now: bool = False) -> None:
        """Read the table again if its revision has moved since the last look: at most once a second, or `now`."""
        if now:
            self._looked_at = None
        if self._looked_at is not None and self._clock.monotonic() - self._looked_at < _FRESH_SECONDS:
            return
        async with self._reading:
            if self._looked_at is not None and self._clock.monotonic() - self._looked_at < _FRESH_SECONDS:
                return
            await self._read()
            self._looked_at = self._clock.monotonic()

    async def _read(self) -> None:
        async with self._db.read() as tx:
            revision = await tx.scalar(select(ServerState.number).where(ServerState.name == REVISION)) or 0
            if revision == self._revision:
                return
            columns = (
                Peer.id,
                Peer.host,
                Peer.kind,
                Peer.state,
                Peer.software,
                Peer.signature_scheme,
                Peer.is_named,
                Peer.signature_algorithm,
                Peer.suspended_at,
                exists().where(Agreement.peer_id == Peer.id, Agreement.signed_at.is_not(None)),
            )
            rows = await tx.select(select(*columns).where(or_(Peer.state != ENDED, Peer.kind == AGREEMENT)))
            blocked = await tx.select(select(Actor.uri).where(Actor.blocked_at.is_not(None)))
            self._by_host = {row[1]: PeerInfo(*row) for row in rows}
            self._blocked = frozenset(row[0] for row in blocked)
            self._revision = revision

    def remember_way(self, host: str, way: Way) -> None:
        """Note what a host has just understood, in place of what it announced and then refused."""
        peer = self._by_host.get(host)
        algorithm = way.kind if way == BY_ED25519 else None
        if peer is None or (peer.signature_scheme, peer.signature_algorithm) == (way.scheme, algorithm):
            return
        self._by_host[host] = msgspec.structs.replace(peer, signature_scheme=way.scheme, signature_algorithm=algorithm)
        self._later(self._store_way(peer.id, way.scheme, algorithm))

    async def note_announced(self, tx: WriteTx, peer: PeerInfo, implements: Collection[str]) -> None:
        """Keep what a peer's document says of the signatures that its software takes (FEP-844e).

        Its silence says nothing: many documents leave it out.
        """
        if ED25519_SIGNATURES in implements and peer.signature_algorithm != BY_ED25519.kind:
            way, algorithm = BY_ED25519, BY_ED25519.kind
        elif MESSAGE_SIGNATURES in implements and peer.signature_scheme is None:
            way, algorithm = BY_RSA, None
        else:
            return
        await peer_facts.set_way(tx, peer.id, way.scheme, algorithm)
        await state.bump_revision(tx, REVISION)
        # What is said to it next may be sent before the table is read again.
        told = msgspec.structs.replace(peer, signature_scheme=way.scheme, signature_algorithm=algorithm)
        self._by_host[peer.host] = told

    def remember_seen(self, peer: PeerInfo) -> None:
        """A verified request came from it: whatever waits for it need not wait any longer."""
        now = self._clock.monotonic()
        last = self._seen.get(peer.id)
        if last is None or now - last >= _SEEN_EVERY_SECONDS:
            self._seen[peer.id] = now
            self._later(self._store_seen(peer.id))

    def expect(self, peer_id: int) -> None:
        """It could not be reached: the next time that it is seen counts, however soon that is."""
        self._seen.pop(peer_id, None)

    def _later(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _store_way(self, peer_id: int, scheme: str, algorithm: str | None) -> None:
        async with self._db.write() as tx:
            await peer_facts.set_way(tx, peer_id, scheme, algorithm)

    async def _store_seen(self, peer_id: int) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            before = await peer_facts.mark_seen(tx, peer_id, now)
            await outbox.reopen(tx, peer_id)
            if await resending.has_free_gap(tx, peer_id, now):
                await resending.resend_given_up(tx, peer_id, now)
            if before is not None and now - before > LONG_ABSENCE:
                # What it owed us was given up over there.
                await catching_up.request_of_peer(tx, peer_id, since=before, at=now)
            tx.wake("outbox")

    async def settle(self) -> None:
        """Wait for what was noted to be stored."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
