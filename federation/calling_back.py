"""Asking partners to delete what was called back, until they have confirmed it and it is so (J10, threats T241).

Rows are made by the act itself (`models/writes/retractions.py`); here they become letters, at most fifty in one. What
is not confirmed in time is written again once a day, stands in the audit trail and the log, and is listed. What is
confirmed is looked at once: a partner that says "done" and still has it is listed as well. Other software gives no
receipts: it gets Deletes, as it understands them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import structlog

from federation.agreements import letters, retracting
from federation.agreements.office import own_office, server_uri
from federation.errors import FederationError, Gone
from federation.outbox.publish import publish
from federation.runtime import Budget, Runtime, turn_by_turn
from federation.vocab.compose import Composer
from federation.vocab.outgoing import Outgoing
from models.engine import WriteTx
from models.peers import AGREEMENT
from models.queries import actors
from models.queries import agreements as agreed
from models.queries import retractions as reading
from models.queries.agreements import StandingRow
from models.queries.retractions import RetractionRow
from models.retractions import CONTRADICTED, DELETED, DONE, ERASED, NO_RECEIPT
from models.writes import audit
from models.writes import retractions as writing

log = structlog.get_logger()

AGAIN: Final = timedelta(hours=24)
"""Between two letters about the same thing."""

SOON: Final = timedelta(hours=1)
"""Where a letter is still on its way, or one could not look."""

LOOKED_FOR: Final = timedelta(days=14)

MOST_LOOKS: Final = 20
"""In one turn: each is a request."""

MOST_DELETES: Final = 1000
"""Of one community at a partner that takes Deletes alone: the newest."""

_POLL_SECONDS: Final = 30.0


class CallingBack:
    """The loop that writes what is due, and looks whether what was confirmed is so."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def run(self) -> None:
        """Until cancelled: between two transactions, or while a look is under way."""
        await turn_by_turn(self.step, self._runtime.events, writing.WAKES, poll_seconds=_POLL_SECONDS)

    async def step(self) -> bool:
        """Do what is due of one partner; whether there was anything."""
        now = self._runtime.clock.now()
        async with self._runtime.db.read() as tx:
            host = await reading.due_peer(tx, now)
        if host is None:
            return False
        async with self._runtime.db.write() as tx:
            standing = await agreed.standing_for_change(tx, host)
            rows = await reading.due(tx, standing.id, now, retracting.MOST) if standing else []
            confirmed = [row for row in rows if row.state == DONE][:MOST_LOOKS]
            # Put off before they are done, so that nobody does them beside us.
            await writing.change(tx, [row.id for row in confirmed], next_at=now + SOON)
            if standing is not None:
                await self._ask(tx, standing, [row for row in rows if row.state != DONE], now)
        for row in confirmed:
            await self._look(host, row)
        return True

    # --- letters ---

    async def _ask(self, tx: WriteTx, standing: StandingRow, rows: Sequence[RetractionRow], now: datetime) -> None:
        await self._escalate(tx, standing.host, [row for row in rows if row.due_at and row.due_at <= now], now)
        if await reading.owes_letters(tx, standing.id):
            # What was written before is still on its way there.
            await writing.change(tx, [row.id for row in rows if row.tries], next_at=now + SOON)
            rows = [row for row in rows if not row.tries]
        if not rows:
            return
        ids = [row.id for row in rows]
        if standing.kind != AGREEMENT or not await agreed.may_be_written_to(tx, standing):
            await publish(tx, await self._deletes(tx, standing, rows, now))
            await writing.change(tx, ids, state=NO_RECEIPT, next_at=None, tries=1)
            return
        office = await own_office(tx, self._runtime)
        other = await actors.by_uri(tx, server_uri(self._runtime, standing.host))
        if office is None or other is None:
            await writing.change(tx, ids, next_at=now + SOON)
            return
        about = retracting.requests(office, rows, now)
        await publish(tx, [await office.write(tx, letters.RETRACT, to=other, standing=standing, about=about, at=now)])
        for hours in {row.hours for row in rows if row.due_at is None}:
            first = [row.id for row in rows if row.due_at is None and row.hours == hours]
            await writing.change(tx, first, due_at=now + timedelta(hours=hours))
        await writing.change(tx, ids, next_at=now + AGAIN, tries=max(row.tries for row in rows) + 1)

    async def _escalate(self, tx: WriteTx, host: str, late: Sequence[RetractionRow], now: datetime) -> None:
        """Once for each: in the trail, in the log, and so in what watches over both."""
        fresh = [row.id for row in late if row.escalated_at is None]
        if not fresh:
            return
        details = {"requests": len(fresh)}
        await audit.append(tx, at=now, actor=audit.SERVER, action="retraction.overdue", object=host, details=details)
        await writing.change(tx, fresh, escalated_at=now)
        log.error("retraction.overdue", peer=host, requests=len(fresh), mend=f"entrepairs partner receipts {host}")

    async def _deletes(
        self, tx: WriteTx, standing: StandingRow, rows: Sequence[RetractionRow], now: datetime
    ) -> list[Outgoing]:
        """For software without receipts: a Delete of each post. What was deleted is told as always, not twice."""
        receiver = await actors.somebody_at(tx, standing.id)
        told = [row for row in rows if row.reason not in (DELETED, ERASED)]
        if receiver is None or not told:
            return []
        compose, outgoings = Composer(self._runtime, now), []
        for row in told:
            found = await reading.posts_of(tx, row, MOST_DELETES)
            speakers = await actors.of_ids(tx, list({speaker for _, speaker in found}))
            outgoings += [
                compose.delete_for(uri, speakers[speaker], receiver) for uri, speaker in found if speaker in speakers
            ]
        return outgoings

    # --- looking ---

    async def _look(self, host: str, row: RetractionRow) -> None:
        """Ask for it, signed by our server: what was deleted is not there (threats T241)."""
        now = self._runtime.clock.now()
        url = f"{server_uri(self._runtime, host)}/copies?of={quote(row.object_uri, safe='')}"
        try:
            await self._runtime.client.fetch_document(url, Budget())
            is_there = True
        except Gone:
            is_there = False
        except FederationError:
            await self._could_not_look(row, now)
            return
        async with self._runtime.db.write() as tx:
            if not is_there or await reading.is_shared_again(tx, row):
                await writing.change(tx, [row.id], checked_at=now, next_at=None)
                return
            details = {"object": row.object_uri}
            await audit.append(
                tx, at=now, actor=audit.SERVER, action="retraction.contradicted", object=host, details=details
            )
            await writing.change(tx, [row.id], state=CONTRADICTED, next_at=now + AGAIN)
            # By its number: a private community is not named in the log (product section 3).
            log.error("retraction.contradicted", peer=host, scope=row.scope, request=row.id)

    async def _could_not_look(self, row: RetractionRow, now: datetime) -> None:
        """It is tried for two weeks; then the receipt has to do, and the list shows that nobody has looked."""
        if row.answered_at is not None and now - row.answered_at > LOOKED_FOR:
            async with self._runtime.db.write() as tx:
                await writing.change(tx, [row.id], next_at=None)
