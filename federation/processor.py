"""The receiving loop: lease inbox lanes, read what arrived, apply it, hand what follows from it to the outbox.

Many activities share one transaction. Where one of them fails, all is rolled back and each is done by itself, so that a
failing one falls out alone (interface 6.9). A crash repeats work, and every handler may run twice (threats R6).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy.exc import IntegrityError

from federation.deadlines import Deadline, limited
from federation.errors import Denied, FederationError, Gone, Malformed, TryLater
from federation.inbox import contested
from federation.inbox.blocked import require_unblocked
from federation.inbox.contested import Contested
from federation.inbox.context import Received, Tools
from federation.inbox.dispatch import HANDLERS
from federation.inbox.gathering import Work, gather
from federation.inbox.incoming import Echo, Incoming
from federation.inbox.intake import WAKES
from federation.inbox.lanes import Lanes, LeaseLost
from federation.inbox.posting import take_in
from federation.inbox.unwelcome import Unwelcome
from federation.outbox.publish import publish
from federation.runtime import Budget, Runtime
from federation.vocab.decode import decode
from federation.vocab.normalise import activity as normalise_activity
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Delete
from models.engine import WriteTx
from models.inbox import FAILED, PROCESSED, REJECTED
from models.queries import actors
from models.queries.actors import ActorRow
from models.writes import inbox

log = structlog.get_logger()

POLL_SECONDS = 2.0
MOST_ROWS = 256
WAITS: Final = (
    *(timedelta(seconds=seconds) for seconds in (5, 20, 90)),
    *(timedelta(minutes=minutes) for minutes in (8, 16, 32, 64)),
)
"""After each failed attempt but the last. At first short, for a peer that restarts: what it sends next waits in the
lane behind. In all two hours: longer than a peer's outage, short enough that someone still remembers.
"""

MOST_ATTEMPTS: Final = len(WAITS) + 1

GATHERING_SECONDS: Final = 10
"""A turn's time for what it asks of peers, and once more for ids that two claim: a peer that never answers keeps the
others' letters waiting no longer."""

_TRIES = 5


class Processor:
    """One worker's loop. `owner` names it in leases."""

    def __init__(self, runtime: Runtime, tools: Tools, owner: str) -> None:
        self._runtime = runtime
        self._tools = tools
        self._lanes = Lanes(runtime, owner)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Process until `stop` is called."""
        await self._lanes.give_back()
        while not self._stopping.is_set():
            if not await self.step():
                await self._runtime.events.wait(WAKES, POLL_SECONDS)

    def stop(self) -> None:
        """Begin nothing new; what is in hand is finished."""
        self._stopping.set()
        self._runtime.events.wake(WAKES)

    async def step(self) -> bool:
        """Claim what there is, process it, give it back; whether there was anything."""
        lanes, rows = await self._lanes.claim(MOST_ROWS)
        if not lanes:
            return False
        async with self._lanes.kept(lanes):
            works = await self._prepare([Work(row) for row in rows])
        try:
            await self._apply_all(works, dict.fromkeys(lanes))
        except LeaseLost:
            log.warning("inbox.lease_lost", lanes=len(lanes))
        return True

    async def _apply_all(self, works: Sequence[Work], retry_at: dict[int, datetime | None]) -> None:
        ready = self._up_to_first_failure(works)
        if len(ready) == len(works) and await self._apply_together(works, retry_at):
            return
        if len(ready) == len(works) or not await self._apply_together(ready, None):
            ready = []
        await self._apply_one_by_one(works[len(ready) :], retry_at)
        async with self._runtime.db.write() as tx:
            await self._lanes.release(tx, retry_at)

    async def _patience(self) -> None:
        await self._runtime.clock.sleep(GATHERING_SECONDS)

    # --- reading and gathering, outside of transactions ---

    async def _prepare(self, works: list[Work]) -> list[Work]:
        uris = sorted({work.row.actor_uri for work in works})
        async with self._runtime.db.read() as tx:
            known = await actors.of_uris(tx, uris)
        departed: set[str] = set()
        for work in works:
            uri = work.row.actor_uri
            self._read(work, None if uri in departed else known.get(uri))
            if _is_farewell(work):
                departed.add(uri)
        return await gather(works, self._patience)

    def _read(self, work: Work, actor: ActorRow | None) -> None:
        try:
            if actor is None:
                raise Gone("actor was deleted meanwhile", reason="actor_gone")
            require_unblocked(actor, work.row.type)
            activity = normalise_activity(decode(work.row.payload))
        except FederationError as error:
            work.failure = error
            return
        work.handler = HANDLERS.get(type(activity))
        work.received = Received(
            activity=activity,
            actor=actor,
            peer_id=work.row.peer_id,
            raw=msgspec.Raw(work.row.payload),
            received_at=work.row.received_at,
            tools=self._tools,
            budget=Budget(),
            attempts=work.row.attempts,
        )

    @staticmethod
    def _up_to_first_failure(works: Sequence[Work]) -> list[Work]:
        """What can be tried together: everything, unless something already failed."""
        ready: list[Work] = []
        for work in works:
            if work.failure is not None:
                break
            ready.append(work)
        return ready

    # --- applying ---

    async def _apply_together(self, works: Sequence[Work], release: dict[int, datetime | None] | None) -> bool:
        """All in one transaction, which also gives the lanes back if told so; False: it failed, nothing was done."""
        try:
            async with self._runtime.db.write() as tx:
                if len(await inbox.hold_live(tx, [work.row.id for work in works])) < len(works):
                    return False
                await self._apply(tx, works)
                row_ids = [work.row.id for work in works]
                if release is not None:
                    await self._lanes.finish(tx, row_ids, release)
                else:
                    await inbox.finish(tx, [(row_id, PROCESSED, None) for row_id in row_ids])
                    await self._lanes.hold(tx, {work.row.lane for work in works})
        except LeaseLost:
            raise
        except Exception as error:
            if len(works) > 1:
                log.info("inbox.one_by_one", activities=len(works), error=type(error).__name__)
            return False
        return True

    async def _apply(self, tx: WriteTx, works: Sequence[Work]) -> None:
        """In order of arrival; posts that follow each other are taken in together."""
        outgoings: list[Outgoing] = []
        posts: list[Incoming | Echo] = []
        for work in works:
            new_posts = _posts_of(work.gathered)
            acts = work.handler is not None and work.handler.apply is not None and not _only_posts(work.gathered)
            posts += new_posts
            if acts and work.handler is not None and work.handler.apply is not None:
                outgoings += await take_in(tx, self._tools, posts) if posts else []
                posts = []
                outgoings += await work.handler.apply(tx, work.received, work.gathered)  # type: ignore[arg-type]
        outgoings += await take_in(tx, self._tools, posts) if posts else []
        await publish(tx, outgoings)

    async def _apply_one_by_one(self, works: Sequence[Work], retry_at: dict[int, datetime | None]) -> None:
        """Each in a transaction of its own; a lane stops at the first that has to be tried again."""
        async with limited(self._patience) as deadline:
            for work in works:
                if retry_at[work.row.lane] is None:
                    await self._try_alone(work, retry_at, deadline)

    async def _try_alone(self, work: Work, retry_at: dict[int, datetime | None], deadline: Deadline) -> None:
        try:
            if work.failure is not None:
                raise work.failure
            await self._apply_alone(work, deadline)
        except (Malformed, Denied, Gone) as error:
            await self._reject(work, error)
        except TryLater as error:
            await self._postpone(work, str(error), retry_at)
        except LeaseLost:
            raise
        except Exception as error:
            log.exception("inbox.failed", activity=work.row.activity_uri, type=work.row.type)
            await self._postpone(work, type(error).__name__, retry_at)

    async def _apply_alone(self, work: Work, deadline: Deadline) -> None:
        """In a transaction of its own; at once again, looking anew, where a row was in the way.

        Another worker may have been quicker, or a process before this one gave the same id to something of the same
        instant: the next ids are others. An id that two claim is settled by asking its server.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                async with self._runtime.db.write() as tx:
                    await self._lanes.hold(tx, [work.row.lane])
                    if not await inbox.hold_live(tx, [work.row.id]):
                        # Its partner was suspended meanwhile, and then it waits; or it was called back.
                        return
                    await self._apply(tx, [work])
                    await inbox.finish(tx, [(work.row.id, PROCESSED, None)])
            except IntegrityError:
                if not tries_left:
                    raise
            except Contested as contest:
                if not tries_left or not await self._is_settled(work, contest, deadline):
                    raise
            else:
                return

    async def _is_settled(self, work: Work, contest: Contested, deadline: Deadline) -> bool:
        """The id's own server says that it is not whose it was here."""
        if work.received is None:
            return False
        work.received.budget.deadline = deadline
        return await contested.settle(self._tools, contest, work.received.budget)

    async def _reject(self, work: Work, error: FederationError) -> None:
        host = self._count(work, error.reason)
        log.info("inbox.rejected", peer=host, activity=work.row.activity_uri, type=work.row.type, reason=error.reason)
        async with self._runtime.db.write() as tx:
            await self._lanes.hold(tx, [work.row.lane])
            await inbox.finish(tx, [(work.row.id, REJECTED, f"{error.reason}: {error}")])
            if isinstance(error, Unwelcome):
                await publish(tx, error.told)

    def _count(self, work: Work, reason: str) -> str | None:
        """Count what is not applied; whose it was."""
        peer = self._tools.peers.by_id(work.row.peer_id)
        if peer is not None:
            self._runtime.tally.not_applied(peer.host, reason)
        return peer.host if peer else None

    async def _postpone(self, work: Work, reason: str, retry_at: dict[int, datetime | None]) -> None:
        """Once more later, with growing waits; after eight attempts set aside, and the lane goes on (threats T199)."""
        attempts = work.row.attempts + 1
        async with self._runtime.db.write() as tx:
            await self._lanes.hold(tx, [work.row.lane])
            if attempts >= MOST_ATTEMPTS:
                host = self._count(work, "poison")
                log.error("inbox.set_aside", peer=host, activity=work.row.activity_uri, reason=reason)
                await inbox.finish(tx, [(work.row.id, FAILED, reason)])
                return
            at = self._runtime.clock.now() + WAITS[attempts - 1]
            await inbox.postpone(tx, work.row.id, attempts=attempts, at=at, reason=reason)
        retry_at[work.row.lane] = at


def _is_farewell(work: Work) -> bool:
    activity = work.received.activity if work.received else None
    return isinstance(activity, Delete) and activity.object_id == work.row.actor_uri


def _posts_of(gathered: Any) -> list[Incoming | Echo]:
    if isinstance(gathered, Incoming | Echo):
        return [gathered]
    return [one for one in gathered if isinstance(one, Incoming | Echo)] if isinstance(gathered, list) else []


def _only_posts(gathered: Any) -> bool:
    """Nothing is left to do once the posts are taken in."""
    return isinstance(gathered, list) and all(isinstance(one, Incoming | Echo) for one in gathered)
