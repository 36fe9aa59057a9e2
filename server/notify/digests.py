"""The loop that writes digests: on Tuesdays at nine, or every day, by the clocks of their readers (product section 7).

A digest is put into the mail queue by the transaction that moves the next one on: killed, or at work in two processes,
nobody gets two, and nobody none.
"""

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Final

import msgspec

from federation.runtime import Runtime
from models.digests import WEEKLY
from models.engine import ReadTx
from models.gate import Person
from models.labels import Labels
from models.mail import DIGEST
from models.queries import digests, labels, mail, quiet, rest, rituals
from models.queries.digests import Due, Meeting
from models.queries.rest import Rests
from models.rituals import moments
from models.writes import digests as rows
from server.notify.digest_letter import digest_letter, stop_path
from server.notify.letter_box import LetterBox

AT: Final = time(9)
TUESDAY: Final = 1
AT_ONCE: Final = 50
EVERY_SECONDS: Final = 60.0
SETTLED: Final = timedelta(minutes=1)
"""A digest tells what happened until so long ago: longer than a transaction takes, so that none comes in afterwards."""
BEYOND: Final = timedelta(days=1)
"""A digest tells of rituals until so long after the next one: nobody learns of one in the minute in which it begins."""


def next_due(pace: str, local: datetime) -> datetime:
    """The next Tuesday, or day, at nine where somebody is, after the moment that their clocks show as `local`."""
    step = timedelta(days=7 if pace == WEEKLY else 1)
    day = local.date()
    if pace == WEEKLY:
        day += timedelta(days=(TUESDAY - day.weekday()) % 7)
    # Days are counted on the calendar: some have 23 hours, and some 25.
    due = datetime.combine(day, AT, local.tzinfo).astimezone(UTC)
    return due if due > local.astimezone(UTC) else datetime.combine(day + step, AT, local.tzinfo).astimezone(UTC)


def after_rest(over: datetime) -> datetime:
    """When a digest is written that fell into somebody's rest, which is over at this local moment."""
    nine = datetime.combine(over.date(), AT, over.tzinfo)
    return max(over.astimezone(UTC), nine.astimezone(UTC))


class Digests:
    """Writes what is due, until cancelled."""

    def __init__(self, runtime: Runtime, box: LetterBox) -> None:
        self._runtime = runtime
        self._box = box

    async def run(self) -> None:
        """Look once a minute."""
        while True:
            while await self.tend():
                pass
            await self._runtime.clock.sleep(EVERY_SECONDS)

    async def tend(self) -> bool:
        """What is due now, fifty digests at most; whether there may be more."""
        now = self._runtime.clock.now()
        async with self._runtime.db.read() as tx:
            fresh = await digests.unscheduled(tx, AT_ONCE)
            due = await digests.due(tx, now, AT_ONCE)
            if not fresh and not due:
                return False
            rests = await rest.of_people(tx, {one.actor_id for one in (*fresh, *due)})
            rules = await labels.labels(tx)
        if fresh:
            wanted = {one: next_due(one.pace, rests.local(one.actor_id, now)) for one in fresh}
            async with self._runtime.db.write() as tx:
                await rows.schedule(tx, wanted, now)
        for one in due:
            await self._attend(one, rests, rules, now)
        return AT_ONCE in (len(fresh), len(due))

    async def _attend(self, one: Due, rests: Rests, rules: Labels, now: datetime) -> None:
        """Write one; for who is away or in their quiet hours later, with what happened until then."""
        over = rests.over_at(one.actor_id, now)
        if over is None:
            await self._write(one, rests, rules, now)
            return
        async with self._runtime.db.write() as tx:
            await rows.move(tx, one, after_rest(rests.local(one.actor_id, over)))

    async def _write(self, one: Due, rests: Rests, rules: Labels, now: datetime) -> None:
        following = next_due(one.pace, rests.local(one.actor_id, now))
        since = one.since or now
        until = max(since, now - SETTLED)
        async with self._runtime.db.read() as tx:
            to = await mail.addressee(tx, one.actor_id)
            told = await digests.digest(tx, Person(one.actor_id), since=since, until=until)
            coming = await self._meetings(tx, one.actor_id, rests, now, following + BEYOND)
            told = msgspec.structs.replace(told, meetings=coming)
        if to is None:
            return
        async with self._runtime.db.write() as tx:
            if not await rows.move(tx, one, following, since=until):
                return
            held_back = await rows.take_held_back(tx, one.actor_id)
            if told.is_news or held_back:
                stopped_at = stop_path(self._box.vault, to.actor_id)
                letter = digest_letter(self._box, to, told, rules, held_back=held_back, stopped_at=stopped_at)
                await self._box.put(tx, to, letter, kind=DIGEST, at=now)

    async def _meetings(
        self, tx: ReadTx, actor_id: int, rests: Rests, since: datetime, until: datetime
    ) -> list[Meeting]:
        """Rituals of the communities that somebody joined, the earliest first. Two statements at most."""
        placed = await rituals.of_memberships(tx, Person(actor_id), since)
        if not placed:
            return []
        hours = await quiet.firm_hours(tx)
        found = [(at, one) for one in placed for at in islice(moments(one.ritual, hours, since, until), digests.MOST)]
        found.sort(key=lambda pair: (pair[0], pair[1].ritual.id))
        return [
            Meeting(one.ritual.title, rests.local(actor_id, at), one.name, one.label, one.title, one.visibility)
            for at, one in found[: digests.MOST]
        ]
