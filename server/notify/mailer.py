"""The loop that hands over the letters that are owed. Killed between sending and noting, it sends one a second time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from federation.runtime import Runtime
from models.mail import AT_ANY_HOUR
from models.queries import mail, rest
from models.writes import mail as rows
from models.writes.mail import WAKE, Owed
from server.notify.letter_box import LetterBox
from server.notify.smtp import TIMEOUT_SECONDS, MailServer, NotSent

log = structlog.get_logger(__name__)

AT_ONCE: Final = 10
EVERY_SECONDS: Final = 10.0
LEASE: Final = timedelta(seconds=2 * AT_ONCE * TIMEOUT_SECONDS)
"""Longer than a whole turn takes, also where the mail server is slow to refuse each."""

WAITS: Final = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)),
    *(timedelta(hours=12) for _ in range(5)),
)
"""Between the attempts: three days in all. Whoever has waited longer has asked otherwise."""


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None when that is over."""
    return now + WAITS[attempts - 1] if attempts <= len(WAITS) else None


class Mailer:
    """Hands letters over, a few at a time, until cancelled."""

    def __init__(self, runtime: Runtime, box: LetterBox) -> None:
        self._runtime = runtime
        self.box = box
        """Where it takes letters from."""
        self._server = MailServer(box.settings)

    async def run(self) -> None:
        """Whenever a letter is put into the box, and every ten seconds."""
        while True:
            while await self.hand_over():
                pass
            await self._runtime.events.wait(WAKE, EVERY_SECONDS)

    async def hand_over(self) -> bool:
        """What is due now, ten at most; whether there may be more."""
        runtime = self._runtime
        now = runtime.clock.now()
        async with runtime.db.read() as tx:
            if not await mail.any_due(tx, now):
                return False
        until = now + LEASE
        async with runtime.db.write() as tx:
            owed = await rows.claim(tx, now=now, until=until, most=AT_ONCE)
        for letter in await self._but_resting(owed, now, until):
            await self._deliver(letter, until)
        return len(owed) == AT_ONCE

    async def _but_resting(self, owed: Sequence[Owed], now: datetime, until: datetime) -> list[Owed]:
        """Without those whose readers are in their quiet hours: these wait for the end of them (product section 7)."""
        waitable = {one.id: one.actor_id for one in owed if one.actor_id is not None and one.kind not in AT_ANY_HOUR}
        if not waitable:
            return list(owed)
        async with self._runtime.db.read() as tx:
            rests = await rest.of_people(tx, set(waitable.values()))
        ends = {number: rests.over_at(person_id, now) for number, person_id in waitable.items()}
        held = {number: moment for number, moment in ends.items() if moment is not None}
        if held:
            async with self._runtime.db.write() as tx:
                for moment in set(held.values()):
                    together = [number for number, over in held.items() if over == moment]
                    await rows.hold(tx, together, leased_until=until, over=moment)
        return [one for one in owed if one.id not in held]

    async def _deliver(self, owed: Owed, until: datetime) -> None:
        message = self._server.message(
            f"{owed.id}.{int(owed.created_at.timestamp())}",
            owed.recipient,
            self.box.opened(owed.letter),
            owed.created_at,
        )
        try:
            await self._server.send(message)
        except NotSent as error:
            await self._not_sent(owed, until, error)
            return
        async with self._runtime.db.write() as tx:
            await rows.sent(tx, owed.id, leased_until=until, now=self._runtime.clock.now())

    async def _not_sent(self, owed: Owed, until: datetime, error: NotSent) -> None:
        again = None if error.is_final else next_attempt(owed.attempts, self._runtime.clock.now())
        # Neither the address nor the subject: they say who is a member of what.
        log.warning("mail.not_sent", mail=owed.id, kind=owed.kind, reason=error.reason, is_given_up=again is None)
        async with self._runtime.db.write() as tx:
            await rows.failed(tx, owed.id, leased_until=until, reason=error.reason, next_attempt_at=again)
