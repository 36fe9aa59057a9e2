"""Sending one peer's deliveries in order: two under way at most, never two of one order key (architecture 7)."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from federation.errors import FederationError, TryLater
from federation.key_ring import KeyRing
from federation.outbox.retry import (
    PAUSE,
    REFUSALS_BEFORE_PAUSE,
    Health,
    Outcome,
    after_failure,
    clock_ahead,
    is_given_up,
    next_attempt,
    outcome_of,
    reason_of,
    retry_after,
)
from federation.peers import PeerBook, PeerInfo
from federation.runtime import Reply, Runtime
from federation.signatures.asked import HEADER as ACCEPT_SIGNATURE
from federation.signatures.asked import wanted_in
from federation.signatures.sign import SigningKey, sign_as_asked, sign_request
from federation.signatures.ways import Attempt, Knocks, Way
from federation.sync import FollowerDigests
from models.outbox import GIVEN_UP

log = structlog.get_logger()

UNDER_WAY = 2


@dataclass(frozen=True, slots=True)
class Payload:
    """An activity as it goes out."""

    id: int
    uri: str
    actor_id: int
    body: bytes
    digest: str
    to_followers: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """One delivery."""

    id: int
    peer_id: int
    order_key: int
    payload: Payload
    inbox_url: str
    created_at: datetime
    is_formal: bool = False


@dataclass(slots=True)
class Report:
    """What happened with one peer's deliveries; the sender writes it down."""

    peer_id: int
    health: Health
    delivered: list[int] = field(default_factory=list)
    """Delivery ids that are over: arrived, or given up."""
    dead: list[tuple[Owed, int | None, str]] = field(default_factory=list)
    """Refused for good: (delivery, status, reason)."""
    gone_inboxes: set[str] = field(default_factory=set)
    next_attempt_at: datetime | None = None
    """Set: the peer waits until then."""
    last_error: str | None = None
    had_success: bool = False
    has_gap: bool = False
    is_unreachable: bool = False
    """It did not answer at all: as soon as it speaks it is back."""
    clock_ahead: int | None = None
    """Seconds by which the `Date` of its last answer was ahead of our clock."""

    @property
    def did_something(self) -> bool:
        """Something was sent, or at least tried."""
        return bool(self.delivered or self.dead or self.next_attempt_at)


class PeerDelivery:
    """Works off what one peer is owed."""

    def __init__(
        self,
        runtime: Runtime,
        keys: KeyRing,
        peers: PeerBook,
        peer: PeerInfo,
        *,
        health: Health,
        slots: asyncio.Semaphore,
        on_done: Callable[[int], None],
        digests: FollowerDigests,
    ) -> None:
        self._runtime = runtime
        self._keys = keys
        self._peers = peers
        self._peer = peer
        self._slots = slots
        self._on_done = on_done
        self._digests = digests
        self.report = Report(peer.id, health)
        self._heard: set[int] = set()
        """Activities that have just arrived, while their deliveries are still on the list."""

    async def run(self, owed: list[Owed]) -> Report:
        """Send until everything is over or the peer has to wait."""
        waiting, busy = deque(owed), set[int]()
        tasks: dict[asyncio.Task[None], int] = {}
        while tasks or waiting:
            while len(tasks) < UNDER_WAY and self.report.next_attempt_at is None:
                following = _take(waiting, busy)
                if following is None:
                    break
                busy.add(following.order_key)
                tasks[asyncio.ensure_future(self._send(following))] = following.order_key
            if not tasks:
                break
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                busy.discard(tasks.pop(task))
                task.result()
        return self.report

    async def _send(self, owed: Owed) -> None:
        async with self._slots:
            # A suspension by another process is seen within a second, also in the midst of a long queue (T235).
            await self._peers.refresh()
            if self.report.next_attempt_at is not None or not self._may_go(owed):
                return
            now = self._runtime.clock.now()
            if is_given_up(owed.created_at, now):
                self.report.has_gap = True
                self._bury(owed, None, GIVEN_UP)
                return
            if owed.inbox_url in self.report.gone_inboxes:
                self._over(owed)
                return
            try:
                self._take_answer(owed, await self._knock(owed))
            except TryLater as error:
                self._count(error.reason)
                self.report.is_unreachable = True
                self._peer_waits(str(error), None)
            except FederationError as error:
                self._count(error.reason)
                self._bury(owed, None, str(error))
            except Exception as error:
                log.exception("delivery.failed", peer=self._peer.host, activity=owed.payload.uri)
                self._count("internal")
                self._peer_waits(type(error).__name__, None)

    def _count(self, reason: str) -> None:
        self._runtime.tally.not_delivered(self._peer.host, reason)

    def _may_go(self, owed: Owed) -> bool:
        """Asked just before: a suspension holds back what is in hand, other than what is about the exchange itself."""
        host = self._peer.host
        return self._peers.is_active(host) or (owed.is_formal and self._peers.may_contact(host))

    async def _knock(self, owed: Owed) -> Reply:
        """Send in the way that the peer understands, or in the usual one; after a 400 or 401 as it asks for, and in
        the others. What worked is remembered, and tried first the next time.
        """
        sender = owed.payload.actor_id
        extra = await self._digests.headers(sender, self._peer.id) if owed.payload.to_followers else ()
        knocks = Knocks(self._peers.known_way(self._peer.host))
        attempt = knocks.following()
        while attempt is not None:
            reply = await self._attempt(owed, attempt, extra)
            if not _is_refused(reply):
                if outcome_of(reply.status, may_knock_again=False) is Outcome.DELIVERED:
                    self._peers.remember_way(self._peer.host, attempt.way)
                    if extra and attempt.headers is None:
                        self._digests.told(sender, self._peer.id)
                break
            knocks.refused(await self._asked(owed, reply) if knocks.may_be_asked else None)
            attempt = knocks.following()
        return reply

    async def _attempt(self, owed: Owed, attempt: Attempt, extra: tuple[tuple[str, str], ...]) -> Reply:
        """Send once. What was said before the sender's keys were changed is signed by the key of then, and where that
        is refused by the new one. What a peer asks for covers nothing else, so that nothing else is sent with it.
        """
        if attempt.headers is not None:
            return await self._runtime.client.post(owed.inbox_url, owed.payload.body, attempt.headers)
        sender, kind = owed.payload.actor_id, attempt.way.kind
        then = await self._keys.of_then(sender, kind, host=self._peer.host, said_in=owed.payload.id, heard=self._heard)
        if then is not None:
            reply = await self._post(owed, attempt.way, extra, then)
            if not _is_refused(reply):
                return reply
            # The peer has heard of the new key already.
        key = await self._keys.of(sender, kind)
        reply = await self._post(owed, attempt.way, extra, key)
        if _is_refused(reply):
            await self._keys.refresh(now=True)
            fresh = await self._keys.of(sender, kind)
            if fresh is not key:
                # Another process changed it within the last second, and the peer has heard of that.
                return await self._post(owed, attempt.way, extra, fresh)
        return reply

    async def _post(self, owed: Owed, way: Way, extra: tuple[tuple[str, str], ...], key: SigningKey) -> Reply:
        headers = sign_request(
            method="POST",
            url=owed.inbox_url,
            body=owed.payload.body,
            key=key,
            scheme=way.scheme,
            now=self._runtime.clock.now(),
            extra_headers=extra,
            body_digest=owed.payload.digest,
        )
        return await self._runtime.client.post(owed.inbox_url, owed.payload.body, headers)

    async def _asked(self, owed: Owed, reply: Reply) -> Attempt | None:
        """The delivery as the refusal wants it signed; None where it says nothing that we can do."""
        wanted = wanted_in(reply.headers.get(ACCEPT_SIGNATURE, ""))
        if not wanted:
            return None
        return sign_as_asked(
            method="POST",
            url=owed.inbox_url,
            body=owed.payload.body,
            keys=await self._keys.both_of(owed.payload.actor_id),
            wanted=wanted,
            now=self._runtime.clock.now(),
            body_digest=owed.payload.digest,
        )

    def _take_answer(self, owed: Owed, reply: Reply) -> None:
        outcome = outcome_of(reply.status, may_knock_again=False)
        ahead = clock_ahead(reply.headers.get("date"), self._runtime.clock.now())
        self.report.clock_ahead = self.report.clock_ahead if ahead is None else ahead
        if outcome is not Outcome.DELIVERED:
            self._count(f"http_{reply.status}")
        match outcome:
            case Outcome.DELIVERED:
                self.report.had_success = True
                self._heard.add(owed.payload.id)
                self.report.health = Health()
                self.report.last_error = None
                self._over(owed)
            case Outcome.INBOX_GONE:
                self.report.gone_inboxes.add(owed.inbox_url)
                self._over(owed)
            case Outcome.PEER_WAITS:
                self._peer_waits(f"HTTP {reply.status}", reply.headers)
            case _:
                self._refused(owed, reply)

    def _over(self, owed: Owed) -> None:
        self.report.delivered.append(owed.id)
        self._on_done(owed.id)

    def _bury(self, owed: Owed, status: int | None, reason: str) -> None:
        self.report.dead.append((owed, status, reason))
        self.report.last_error = reason

    def _refused(self, owed: Owed, reply: Reply) -> None:
        """A dead letter; many of them in a row look like a broken proxy, which must not empty our queue (T196)."""
        reason = reason_of(reply.status, reply.headers.get("date"), self._runtime.clock.now())
        self._bury(owed, reply.status, reason)
        health = self.report.health
        self.report.health = Health(health.failures, health.refusals + 1, health.failing_since)
        if self.report.health.refusals >= REFUSALS_BEFORE_PAUSE:
            self.report.next_attempt_at = self._runtime.clock.now() + PAUSE

    def _peer_waits(self, reason: str, headers: Mapping[str, str] | None) -> None:
        if self.report.next_attempt_at is not None:
            return
        now = self._runtime.clock.now()
        self.report.health = after_failure(self.report.health, now)
        self.report.last_error = reason
        asked = retry_after(headers.get("retry-after"), now) if headers else None
        self.report.next_attempt_at = next_attempt(
            self.report.health.failures, now, self._runtime.tokens.fraction(), asked
        )


def _is_refused(reply: Reply) -> bool:
    """The signature may be why, so that another one is worth a try."""
    return outcome_of(reply.status, may_knock_again=True) is Outcome.OTHER_SCHEME


def _take(waiting: deque[Owed], busy: set[int]) -> Owed | None:
    """The oldest delivery whose order key has nothing under way; later ones of a busy key stay behind it."""
    passed: list[Owed] = []
    found = None
    while waiting:
        candidate = waiting.popleft()
        if candidate.order_key not in busy:
            found = candidate
            break
        passed.append(candidate)
    waiting.extendleft(reversed(passed))
    return found
