"""Writing that a thread is a question, and which answer was accepted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, bindparam, select, update

from models.engine import WriteTx
from models.moderation import Removal
from models.posts import Post
from models.signals import EDITED
from models.statements import lasting

_NO_ANSWER: Final[Mapping[str, object]] = {"answer_id": None, "accepted_at": None}


async def accept(tx: WriteTx, thread_id: int, answer_id: int | None, at: datetime) -> bool:
    """This is the accepted answer of a thread, which thereby is a question; None: there is none. False: it was so."""
    changed = Post.answer_id.is_not(None) if answer_id is None else Post.answer_id.is_distinct_from(answer_id)
    values: dict[str, object] = {"answer_id": answer_id, "accepted_at": None if answer_id is None else at}
    if answer_id is not None:
        values["is_question"] = True
    done = await tx.execute(update(Post).where(Post.id == thread_id, changed).values(**values))
    if done.rowcount:
        tx.signal(EDITED, thread_id)
    return done.rowcount > 0


async def mark(tx: WriteTx, thread_id: int, *, is_question: bool) -> bool:
    """A thread is a question, or is none; False: it was so."""
    values: dict[str, object] = {"is_question": is_question} | dict({} if is_question else _NO_ANSWER)
    done = await tx.execute(update(Post).where(Post.id == thread_id, Post.is_question != is_question).values(**values))
    return done.rowcount > 0


_gone = bindparam("gone", type_=BigInteger())
_FORGET_ANSWER = lasting(
    lambda: (
        update(Post)
        .where(Post.id == select(Post.thread_id).where(Post.id == _gone).scalar_subquery(), Post.answer_id == _gone)
        .values(**_NO_ANSWER)
    )
)


async def forget_answer(tx: WriteTx, post_id: int) -> None:
    """An accepted answer is gone: the question has none."""
    await tx.execute(_FORGET_ANSWER(), {"gone": post_id})


async def remember_answers(tx: WriteTx, put_back: ColumnElement[bool]) -> None:
    """What was the accepted answer when a moderator took it out is that again, unless another one is by now.

    `put_back`: about the removals that are undone.
    """
    # A row for each: there is one where one answer is put back, and few where all of somebody's are.
    was_accepted = select(Post.thread_id, Removal.post_id, Removal.accepted_at).join_from(
        Removal, Post, Post.id == Removal.post_id
    )
    for thread_id, answer_id, at in await tx.select(was_accepted.where(put_back, Removal.accepted_at.is_not(None))):
        free = (Post.id == thread_id, Post.is_question, Post.answer_id.is_(None))
        await tx.execute(update(Post).where(*free).values(answer_id=answer_id, accepted_at=at))


async def forget_answers(tx: WriteTx, written: ColumnElement[bool]) -> None:
    """The same of many posts: of all that meet the condition."""
    asked, gone = select(Post.thread_id).where(written), select(Post.id).where(written)
    await tx.execute(update(Post).where(Post.id.in_(asked), Post.answer_id.in_(gone)).values(**_NO_ANSWER))
