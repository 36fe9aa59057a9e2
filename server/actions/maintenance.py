"""Telling everybody of maintenance before it comes."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from models.accounts import ADMIN
from models.engine import WriteTx
from models.notices import FACT, Notice
from models.quiet import zone_of
from models.writes import audit, state
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid
from server.http.languages import to_translate

MAX_TEXT: Final = 300


async def announce(tx: WriteTx, here: Here, text: str, *, until: str, zone: str, by: Officer) -> Notice:
    """Say this on every page, until that time on the firm's clocks if one is given; an empty text says nothing.

    Raises `NotAllowed`, `Invalid`.
    """
    by.require(ADMIN)
    if len(text) > MAX_TEXT:
        raise Invalid(to_translate("A notice has at most %(most)s letters."), most=MAX_TEXT)
    now = here.clock.now()
    notice = Notice(text, _instant(until, zone) if until and text else None)
    if notice.until is not None and notice.until <= now:
        raise Invalid(to_translate("The time until which it is shown is over already."))
    await audit.append(tx, at=now, actor=by.acct, action="server.notice", object="pages", details={"text": text})
    await state.put(tx, FACT, msgspec.json.encode(notice).decode())
    return notice


def _instant(text: str, zone: str) -> datetime:
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - the zone follows
    except ValueError as error:
        raise Invalid(to_translate("“%(text)s” is no date and time."), text=text[:20]) from error
    return local.replace(tzinfo=zone_of(zone)).astimezone(UTC)
