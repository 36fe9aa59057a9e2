"""Keeping what was verified: concurrent arrivals are committed together, then all of them are answered.

While one commit is under way the next arrivals gather; nobody waits for a timer. One commit for each request would cost
four times as much (architecture section 3).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from federation.errors import TryLater
from federation.runtime import Runtime
from federation.signatures.message import VerifiedSender
from federation.signatures.proofs import ProvenAuthor
from federation.vocab.types import Activity, Envelope
from models.engine import WriteTx
from models.inbox import PENDING, PROCESSED, lane_of
from models.queries.actors import ActorRow
from models.writes.inbox import store_received

WAKES = "inbox"
"""The channel that the processor waits on."""

MOST_AT_ONCE = 256


class SeenGone(msgspec.Struct, frozen=True):
    """An actor of which its own address says that it is deleted: what shows a Delete of itself where no key can
    (spec/signatures.md 4.4). Made by `receive` alone.
    """

    key_id: str
    owner_uri: str


class VerifiedActivity(msgspec.Struct, frozen=True):
    """An activity whose sender is proven to be its actor; made by `receive` alone."""

    sender: VerifiedSender | ProvenAuthor | SeenGone
    """The actor: who signed the request, or the document that somebody else passed on (spec 16)."""
    envelope: Envelope
    body: bytes
    peer_id: int
    received_at: datetime


class ReadActivity(msgspec.Struct, frozen=True):
    """An announcement as it was read in the outbox of the community that makes it, on that community's own origin."""

    uri: str
    group: ActorRow
    body: bytes


async def keep_read(tx: WriteTx, activities: Sequence[ReadActivity], at: datetime) -> None:
    """Keep what was read for processing, in this order, as if it had been delivered just now."""
    rows: list[dict[str, object]] = [
        {
            "activity_uri": activity.uri,
            "lane": lane_of(activity.group.uri),
            "peer_id": activity.group.peer_id,
            "actor_uri": activity.group.uri,
            "type": "Announce",
            "payload": activity.body,
            "key_uri": activity.group.outbox_url or "",
            "received_at": at,
            "state": PENDING,
            "attempts": 0,
            "next_attempt_at": at,
        }
        for activity in activities
    ]
    if rows:
        await store_received(tx, rows)
        tx.wake(WAKES)


async def note_applied(tx: WriteTx, activity: Activity, *, peer_id: int, at: datetime) -> None:
    """An activity that somebody else passed on was applied: when its author brings it as well, it is known already."""
    row: dict[str, object] = {
        "activity_uri": activity.id,
        "lane": lane_of(activity.actor),
        "peer_id": peer_id,
        "actor_uri": activity.actor,
        "type": type(activity).__name__,
        "payload": None,
        "key_uri": "",
        "received_at": at,
        "state": PROCESSED,
        "attempts": 0,
        "next_attempt_at": at,
    }
    await store_received(tx, [row])


class Intake:
    """Stores verified activities for one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: list[tuple[dict[str, object], asyncio.Future[None]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def add(self, activity: VerifiedActivity) -> None:
        """Keep a verified activity for processing. Returns after the commit.

        The bytes are stored as received, so that they can be relayed unchanged. Safe to call twice: one that is here
        already is left as it is. Raises `TryLater` when the database is away: nothing is stored then.
        """
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((_row(activity), stored))
        if self._storing is None:
            self._storing = asyncio.ensure_future(self._store())
        await stored

    async def _store(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._store_batch(batch)
        finally:
            self._storing = None

    async def _store_batch(self, batch: list[tuple[dict[str, object], asyncio.Future[None]]]) -> None:
        """All in one transaction; where one spoils that each by itself, so that it fails alone (threats R9)."""
        failure = await self._try_to_store(batch)
        is_away = failure is not None and isinstance(failure.__cause__, OperationalError | InterfaceError | OSError)
        if failure is not None and not is_away and len(batch) > 1:
            for one in batch:
                await self._store_batch([one])
            return
        for _, stored in batch:
            if stored.done():
                continue
            if failure is None:
                stored.set_result(None)
            else:
                stored.set_exception(failure)

    async def _try_to_store(self, batch: list[tuple[dict[str, object], asyncio.Future[None]]]) -> TryLater | None:
        failure: TryLater | None = None
        try:
            async with self._runtime.db.write() as tx:
                await store_received(tx, [row for row, _ in batch])
                tx.wake(WAKES)
        except (SQLAlchemyError, OSError) as error:
            failure = TryLater("could not be stored", reason="storage", error=type(error).__name__)
            failure.__cause__ = error
        return failure


def _row(activity: VerifiedActivity) -> dict[str, object]:
    return {
        "activity_uri": activity.envelope.id,
        "lane": lane_of(activity.envelope.actor),
        "peer_id": activity.peer_id,
        "actor_uri": activity.envelope.actor,
        "type": activity.envelope.type[:40],
        "payload": activity.body,
        "key_uri": activity.sender.key_id,
        "received_at": activity.received_at,
        "state": PENDING,
        "attempts": 0,
        "next_attempt_at": activity.received_at,
    }
