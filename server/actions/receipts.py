"""What partners were asked to delete, and what they have confirmed: the list, the letters, the report at the end."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from federation.vocab.decode import decode
from federation.vocab.types import Document
from models.engine import ReadTx, WriteTx
from models.queries import retractions
from models.queries.retractions import Counters, RetractionRow
from models.retractions import HELD
from models.writes import audit
from models.writes import retractions as writing
from server.actions import partners
from server.actions.local_actors import Here
from server.actions.refusals import NotThere
from server.http.languages import to_translate

MOST = 1000
"""Requests that a list shows, the newest."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    id: int
    scope: str
    object: str
    reason: str
    state: str
    requested_at: datetime
    due_at: datetime | None
    is_overdue: bool
    answered_at: datetime | None
    checked_at: datetime | None
    """When a look of ours agreed with the receipt."""
    removed: int | None
    detail: str
    tries: int
    has_receipt: bool
    held_at: datetime | None
    """Since when it was held for legal reasons; stays when "done" followed."""
    was_held: bool
    """And is gone now: two letters say so, one after the other."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with everything that one partner was asked to delete; at the end of an agreement, what is left."""

    domain: str
    state: str
    at: datetime
    counters: Counters
    is_closed: bool
    """Nothing is pending, failed or contradicted."""
    exceptions: list[Line]
    """What is not done: pending, held, failed, contradicted."""


async def lines(tx: ReadTx, here: Here, domain: str, *, only_open: bool, most: int) -> list[Line]:
    """The newest requests to a partner. Raises `Refused`."""
    peer = await partners.find(tx, here, domain)
    rows = await retractions.of_peer(tx, peer.id, only_open=only_open, most=min(most, MOST))
    now = here.clock.now()
    return [_line(row, now) for row in rows]


def _line(row: RetractionRow, now: datetime) -> Line:
    return Line(
        id=row.id,
        scope=row.scope,
        object=row.object_uri,
        reason=row.reason,
        state=row.state,
        requested_at=row.requested_at,
        due_at=row.due_at,
        is_overdue=row.is_open and row.due_at is not None and row.due_at <= now,
        answered_at=row.answered_at,
        checked_at=row.checked_at,
        removed=row.removed,
        detail=row.detail,
        tries=row.tries,
        has_receipt=row.receipt_id is not None,
        held_at=row.held_at,
        was_held=row.held_at is not None and row.state != HELD,
    )


async def report(tx: ReadTx, here: Here, domain: str) -> Report:
    """The closing report: counts, and what is left. Raises `Refused`."""
    peer = await partners.find(tx, here, domain)
    now = here.clock.now()
    counted = await retractions.counters(tx, peer.id, now)
    rows = await retractions.of_peer(tx, peer.id, only_open=False, most=MOST)
    left = [_line(row, now) for row in rows if row.state not in retractions.SETTLED]
    is_closed = not (counted.pending or counted.failed or counted.contradicted)
    return Report(domain=peer.host, state=peer.state, at=now, counters=counted, is_closed=is_closed, exceptions=left)


async def letter(tx: ReadTx, here: Here, domain: str, request_id: int) -> Document:
    """The last signed letter that says what became of a request. Raises `NotThere`."""
    return await _letter(tx, here, domain, request_id, lambda row: row.receipt_id)


async def letter_of_hold(tx: ReadTx, here: Here, domain: str, request_id: int) -> Document:
    """The signed letter that says that it is held, also when another said later that it is done. Raises `NotThere`."""
    return await _letter(tx, here, domain, request_id, lambda row: row.held_receipt_id)


async def _letter(
    tx: ReadTx, here: Here, domain: str, request_id: int, which: Callable[[RetractionRow], int | None]
) -> Document:
    peer = await partners.find(tx, here, domain)
    row = (await retractions.of_ids(tx, peer.id, [request_id])).get(request_id)
    receipt_id = which(row) if row else None
    document = await retractions.receipt(tx, receipt_id) if receipt_id else None
    if document is None:
        raise NotThere(
            to_translate("%(host)s has confirmed nothing of the number %(request_id)s."),
            host=peer.host,
            request_id=request_id,
        )
    return decode(document)


async def ask_again(tx: WriteTx, here: Here, domain: str, *, by: str) -> int:
    """Write what is open once more now; how much that is. Raises `Refused`."""
    peer = await partners.find(tx, here, domain)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by, action="retraction.ask-again", object=peer.host, details={})
    return await writing.reopen(tx, peer.id, at)
