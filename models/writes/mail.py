"""Writing letters that are owed, and what became of them. Each change of a leased one is conditional on the lease."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.mail import Mail

WAKE = "mail"
"""The channel of those who hand letters over."""


class Owed(msgspec.Struct, frozen=True):
    """A letter that was taken to be handed over, in the order of the columns."""

    id: int
    actor_id: int | None
    recipient: str
    kind: str
    letter: bytes
    attempts: int
    created_at: datetime


_COLUMNS = (Mail.id, Mail.actor_id, Mail.recipient, Mail.kind, Mail.letter, Mail.attempts, Mail.created_at)


async def add(
    tx: WriteTx, *, actor_id: int | None, recipient: str, kind: str, letter: bytes, once_key: str | None, at: datetime
) -> bool:
    """Owe a letter; False where one with the same `once_key` was owed before."""
    values = {
        "actor_id": actor_id,
        "recipient": recipient,
        "kind": kind,
        "letter": letter,
        "once_key": once_key,
        "created_at": at,
        "next_attempt_at": at,
        "attempts": 0,
    }
    is_new = (await tx.execute(insert_or_ignore(tx, Mail).values(**values))).rowcount > 0
    if is_new:
        tx.wake(WAKE)
    return is_new


async def claim(tx: WriteTx, *, now: datetime, until: datetime, most: int) -> list[Owed]:
    """Take letters whose time has come, the longest waiting first; nobody else has them until then."""
    waiting = (
        select(Mail.id)
        .where(Mail.next_attempt_at <= now, or_(Mail.leased_until.is_(None), Mail.leased_until <= now))
        .order_by(Mail.next_attempt_at)
        .limit(most)
    )
    statement = (
        update(Mail)
        .where(Mail.id.in_(waiting.with_for_update(skip_locked=True)))
        .values(leased_until=until, attempts=Mail.attempts + 1)
        .returning(*_COLUMNS)
    )
    return sorted((Owed(*row) for row in await tx.execute(statement)), key=lambda owed: owed.id)


async def sent(tx: WriteTx, mail_id: int, *, leased_until: datetime, now: datetime) -> None:
    """It was handed over: what it said is forgotten."""
    values = {"sent_at": now, "next_attempt_at": None, "leased_until": None, "letter": None, "reason": None}
    await tx.execute(update(Mail).where(_ours(mail_id, leased_until)).values(**values))


async def failed(
    tx: WriteTx, mail_id: int, *, leased_until: datetime, reason: str, next_attempt_at: datetime | None
) -> None:
    """It was not; None: it is given up, and what it said is forgotten."""
    values: dict[str, object] = {"reason": reason, "next_attempt_at": next_attempt_at, "leased_until": None}
    if next_attempt_at is None:
        values["letter"] = None
    await tx.execute(update(Mail).where(_ours(mail_id, leased_until)).values(**values))


async def hold(tx: WriteTx, mail_ids: Sequence[int], *, leased_until: datetime, over: datetime) -> None:
    """Their readers are left in peace until then. That was no attempt."""
    values = {"next_attempt_at": over, "leased_until": None, "attempts": Mail.attempts - 1}
    await tx.execute(update(Mail).where(Mail.id.in_(mail_ids), Mail.leased_until == leased_until).values(**values))


def _ours(mail_id: int, leased_until: datetime) -> ColumnElement[bool]:
    return and_(Mail.id == mail_id, Mail.leased_until == leased_until)


async def cancel_all(tx: WriteTx, actor_id: int) -> None:
    """Somebody has left: nothing more is written to them."""
    await tx.execute(delete(Mail).where(Mail.actor_id == actor_id, Mail.next_attempt_at.is_not(None)))


async def cancel(tx: WriteTx, actor_id: int, kind: str) -> None:
    """Somebody wants no such letters: nor those that wait."""
    mine = (Mail.actor_id == actor_id, Mail.kind == kind, Mail.next_attempt_at.is_not(None))
    await tx.execute(delete(Mail).where(*mine))


async def forget(tx: WriteTx, before: datetime) -> None:
    """That letters were sent, or given up, so long ago."""
    await tx.execute(delete(Mail).where(Mail.next_attempt_at.is_(None), Mail.created_at < before))


async def void_leases(tx: WriteTx) -> None:
    """The workers that had them are no more."""
    await tx.execute(update(Mail).where(Mail.leased_until.is_not(None)).values(leased_until=None))
