"""Writing what is kept of discreet questions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, delete, insert, literal, select, update

from models.dialect import lock_discreet
from models.discreet import (
    KEY_KEPT,
    NOBODY,
    DiscreetDraft,
    DiscreetQuestion,
    mark_of,
    marks_of,
    no_mark,
    seal_author,
)
from models.engine import WriteTx
from models.holding import is_person_held
from models.notifications import Notification
from models.queries.notifications import for_who_asked_discreetly
from models.vault import Vault

REFUSAL_KEPT = timedelta(days=7)
"""How long its author can read why something was not published."""


async def queue_up(tx: WriteTx) -> None:
    """Whoever counts what somebody asks waits for who counts already."""
    lock = lock_discreet(tx)
    if lock is not None:
        await tx.execute(lock)


async def keep_draft(
    tx: WriteTx, *, mark: bytes, sealed: bytes, is_question: bool, due_at: datetime | None, expires_at: datetime
) -> None:
    """Something waits to be said discreetly."""
    row = {"mark": mark, "sealed": sealed, "is_question": is_question, "due_at": due_at, "expires_at": expires_at}
    await tx.execute(insert(DiscreetDraft), row)


async def take(tx: WriteTx, draft_id: int) -> bool:
    """It waits for nothing any more; False where somebody else has taken it."""
    mine = update(DiscreetDraft).where(DiscreetDraft.id == draft_id, DiscreetDraft.due_at.is_not(None))
    return (await tx.execute(mine.values(due_at=None))).rowcount == 1


async def drop(tx: WriteTx, draft_id: int) -> None:
    """It is published."""
    await tx.execute(delete(DiscreetDraft).where(DiscreetDraft.id == draft_id))


async def refuse(tx: WriteTx, draft_id: int, why: str, now: datetime) -> None:
    """It is not published after all; its author can read why (JSON: the sentence, its values), and what they wrote."""
    mine = update(DiscreetDraft).where(DiscreetDraft.id == draft_id)
    await tx.execute(mine.values(refused=why, expires_at=now + REFUSAL_KEPT))


async def add(tx: WriteTx, vault: Vault, *, thread_id: int, community_id: int, person_id: int, at: datetime) -> None:
    """A discreet question is published."""
    author, key = seal_author(vault, person_id)
    row = {"thread_id": thread_id, "community_id": community_id, "asked_at": at, "is_told": True}
    await tx.execute(
        insert(DiscreetQuestion), row | {"mark": mark_of(vault, person_id, at), "author": author, "key": key}
    )


async def forget_person(tx: WriteTx, vault: Vault, person_id: int, now: datetime) -> None:
    """Who asked this person's questions nobody finds out any more, unless an open case names them. The seals stay, and
    hold the name of nobody: that they were opened or replaced cannot be seen.
    """
    if await tx.scalar(select(is_person_held(literal(person_id, BigInteger())))):
        return
    marks = marks_of(vault, person_id, now)
    await tx.execute(delete(DiscreetDraft).where(DiscreetDraft.mark.in_(marks)))
    mine = select(DiscreetQuestion.thread_id).where(DiscreetQuestion.mark.in_(marks))
    for row in (await tx.select(mine)).all():
        author, key = seal_author(vault, NOBODY)
        one = update(DiscreetQuestion).where(DiscreetQuestion.thread_id == row[0])
        await tx.execute(one.values(mark=no_mark(), author=author, key=key))


async def forget(tx: WriteTx, now: datetime) -> None:
    """Keys whose time is over are gone, and with them who asked; drafts that nobody confirmed too."""
    over = (DiscreetQuestion.asked_at <= now - KEY_KEPT, DiscreetQuestion.key.is_not(None))
    await tx.execute(update(DiscreetQuestion).where(*over).values(mark=None, author=None, key=None))
    await tx.execute(delete(DiscreetDraft).where(DiscreetDraft.expires_at <= now, DiscreetDraft.due_at.is_(None)))


async def stop(tx: WriteTx, thread_id: int, until: datetime) -> bool:
    """Whoever asked this may not ask discreetly in its community until then; False where the key is gone."""
    mine = (DiscreetQuestion.thread_id == thread_id, DiscreetQuestion.key.is_not(None))
    return (await tx.execute(update(DiscreetQuestion).where(*mine).values(stopped_until=until))).rowcount == 1


async def note_opening(tx: WriteTx, thread_id: int, why: str, at: datetime, *, is_told: bool) -> None:
    """Two people have opened the seal of a question."""
    mine = update(DiscreetQuestion).where(DiscreetQuestion.thread_id == thread_id)
    await tx.execute(mine.values(opened_at=at, opened_why=why, is_told=is_told))


async def dismiss(tx: WriteTx, marks: Sequence[bytes], notification_id: int | None = None) -> bool:
    """Whoever asked has read what they were told of an answer, or of all: it is theirs alone, and gone. Whether it was
    there.
    """
    told = delete(Notification).where(
        # By ix_notifications_recipient: their communities' rows, and of those the ones in their threads.
        Notification.recipient_id.in_(select(DiscreetQuestion.community_id).where(DiscreetQuestion.mark.in_(marks))),
        for_who_asked_discreetly(marks),
    )
    if notification_id is not None:
        told = told.where(Notification.id == notification_id)
    return (await tx.execute(told)).rowcount > 0
