"""Trying passwords: how often, for one account and from one address (threats T121, T122, limits in 2.2).

A try is counted as failed before it is judged, so that tries at the same time cannot pass the limit together, and taken
back if it was right. Counted are the name as typed, the account behind it, and the address.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from aiohttp import web

from models.engine import WriteTx
from models.gate import Person
from models.queries import accounts, roster
from models.queries import audit as trail
from models.queries.accounts import Credentials
from models.writes import audit
from models.writes import sessions as rows
from server.actions import notices
from server.http.keys import LETTER_BOX, LIMITS, RUNTIME
from server.http.languages import to_translate
from server.http.pages import PageError

log = structlog.get_logger(__name__)

ACCOUNT_FAILURES: Final = 10
ACCOUNT_WINDOW: Final = timedelta(minutes=15)
ADDRESS_FAILURES: Final = 25
ADDRESS_WINDOW: Final = timedelta(minutes=5)

BURST: Final = "user.sign-in-failures"
"""What the audit trail calls it."""

_MAX_IDENTIFIER: Final = 320


class Try(msgspec.Struct, frozen=True):
    """A password is about to be tried."""

    counted: list[int]
    """For `models.writes.sessions.forget_failures`, if it is right."""
    credentials: Credentials | None
    """None for an unknown name, and for an account that is locked: no password is right then."""


def folded(identifier: str) -> str:
    """The one form of a name or e-mail address, so that no spelling has tries of its own."""
    return identifier.strip().removeprefix("@").lower().replace("\0", "")[:_MAX_IDENTIFIER]


def subject_of(viewer: Person) -> str:
    """Under which failures of an account are counted."""
    return f"account:#{viewer.actor_id}"


async def begin(request: web.Request, identifier: str) -> Try:
    """Count a try for this folded name. Raises `PageError` 429 over the limit of the name or the address.

    That the account behind the name is locked, by tries under its other name, is not said: it would tell which e-mail
    address belongs to whom.
    """
    runtime = request.app[RUNTIME]
    now = runtime.clock.now()
    name, address = f"account:{identifier}", f"address:{request.app[LIMITS].caller(request)}"
    async with runtime.db.write() as tx:
        await rows.lock_tries(tx)
        await _require_left(tx, name, ACCOUNT_FAILURES, ACCOUNT_WINDOW, now)
        await _require_left(tx, address, ADDRESS_FAILURES, ADDRESS_WINDOW, now)
        known = await accounts.credentials(tx, identifier)
        subjects = [name, address]
        if known is not None:
            subjects.append(subject_of(Person(known.actor_id)))
            failed = await accounts.failures(tx, subjects[-1], now - ACCOUNT_WINDOW)
            if len(failed) >= ACCOUNT_FAILURES:
                log.warning("sign_in.locked", actor_id=known.actor_id)
                known = None
        return Try(await rows.add_failures(tx, subjects, now), known)


async def note_failure(request: web.Request, attempt: Try) -> None:
    """The try was wrong. Whose account is locked by it is told by mail, once (T122); that it was, or that one address
    has failed so often, stands in the audit trail, once in the time that counts (product section 8).
    """
    runtime, known = request.app[RUNTIME], attempt.credentials
    now, address = runtime.clock.now(), f"address:{request.app[LIMITS].caller(request)}"
    failed: Sequence[datetime] = ()
    async with runtime.db.read() as tx:
        from_there = await accounts.failures(tx, address, now - ADDRESS_WINDOW)
        if known is not None:
            failed = await accounts.failures(tx, subject_of(Person(known.actor_id)), now - ACCOUNT_WINDOW)
    if len(from_there) >= ADDRESS_FAILURES:
        async with runtime.db.write() as writing:
            await _note_burst(writing, "address", now, ADDRESS_WINDOW)
    if known is not None and len(failed) >= ACCOUNT_FAILURES:
        async with runtime.db.write() as writing:
            acct = (await roster.handles(writing, [known.actor_id]))[known.actor_id]
            await _note_burst(writing, acct, now, ACCOUNT_WINDOW)
            await notices.locked(writing, request.app[LETTER_BOX], known.actor_id, now)


async def _note_burst(tx: WriteTx, about: str, at: datetime, window: timedelta) -> None:
    """Of an address only that there was one: the trail is kept for longer than what tells of sign-ins."""
    await audit.stand_still(tx)
    if not await trail.is_noted(tx, BURST, about, at - window):
        await audit.append(tx, at=at, actor=audit.SERVER, action=BURST, object=about, details={})


async def _require_left(tx: WriteTx, subject: str, allowed: int, window: timedelta, now: datetime) -> None:
    failed = await accounts.failures(tx, subject, now - window)
    if len(failed) < allowed:
        return
    log.warning("sign_in.limited", subject=subject.partition(":")[0], failures=len(failed))
    wait = failed[-allowed] + window - now
    raise PageError(
        429,
        to_translate("Too many failed attempts to sign in"),
        to_translate("Wait a quarter of an hour, then try again. Nothing is lost."),
        headers={"Retry-After": str(int(wait.total_seconds()) + 1)},
    )
