"""Writing conversations: what is said in them, read and hidden; what goes with a post."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Executable, bindparam, case, delete, func, select, update

from models.conversations import Conversation, ConversationPost
from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.queries.posts import PostRow
from models.signals import CONVERSED
from models.statements import lasting


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A private post, as it concerns one of our people who wrote it or whom it names."""

    number: int
    """A fresh id, in case that the conversation begins with it."""
    actor_id: int
    thread_id: int
    people: list[int]
    post_id: int
    is_unread: bool


def people_key(people: Iterable[int]) -> str:
    """The same for the same people, whatever their order."""
    return hashlib.sha256(",".join(str(one) for one in sorted(people)).encode()).hexdigest()


def heard(row: PostRow, ours: Collection[int], next_id: Callable[[datetime], int]) -> list[Heard]:
    """What a private post is for each of our people (`ours`) who wrote it or whom it names: unread for all but its
    author.
    """
    everybody = {row.author_id, *row.mentioned}
    mine = everybody.intersection(ours) | ({row.author_id} if row.peer_id is None else set())
    return [
        Heard(
            number=next_id(row.published_at),
            actor_id=one,
            thread_id=row.thread_id or row.id,
            people=sorted(everybody - {one}),
            post_id=row.id,
            is_unread=one != row.author_id,
        )
        for one in sorted(mine)
    ]


_BY_KEY = (
    Conversation.actor_id == bindparam("of_actor"),
    Conversation.thread_id == bindparam("of_thread"),
    Conversation.people_key == bindparam("of_people"),
)


async def add(tx: WriteTx, said: Sequence[Heard]) -> None:
    """Put private posts into the conversations that they belong to, or begin them. Three statements for all of them."""
    if not said:
        return
    rows = [msgspec.structs.asdict(one) | {"key": people_key(one.people)} for one in said]
    new = [
        {
            "id": row["number"],
            "actor_id": row["actor_id"],
            "thread_id": row["thread_id"],
            "people": row["people"],
            "people_key": row["key"],
            "last_post_id": row["post_id"],
            "is_unread": row["is_unread"],
        }
        for row in rows
    ]
    await tx.execute(insert_or_ignore(tx, Conversation), new)
    values = [
        {
            "of_actor": row["actor_id"],
            "of_thread": row["thread_id"],
            "of_people": row["key"],
            "said_post": row["post_id"],
            "said_unread": row["is_unread"],
        }
        for row in rows
    ]
    post = bindparam("said_post", type_=Conversation.last_post_id.type)
    newest = case((Conversation.last_post_id < post, post), else_=Conversation.last_post_id)
    latest = {"last_post_id": newest, "is_unread": bindparam("said_unread", type_=Conversation.is_unread.type)}
    await tx.execute(update(Conversation).where(*_BY_KEY).values(**latest), values)
    place = select(Conversation.id, post).where(*_BY_KEY)
    await tx.execute(insert_or_ignore(tx, ConversationPost).from_select(["conversation_id", "post_id"], place), values)
    for post_id in dict.fromkeys(one.post_id for one in said):
        tx.signal(CONVERSED, post_id)


async def mark(tx: WriteTx, actor_id: int, conversation_id: int, *, is_unread: bool) -> bool:
    """Read, or to be read again; False for a conversation that is not theirs."""
    mine = (Conversation.actor_id == actor_id, Conversation.id == conversation_id)
    return (await tx.execute(update(Conversation).where(*mine).values(is_unread=is_unread))).rowcount > 0


async def drop(tx: WriteTx, actor_id: int, conversation_id: int) -> bool:
    """Forget a conversation until somebody says something in it; the posts stay. False where it is not theirs."""
    mine = (Conversation.actor_id == actor_id, Conversation.id == conversation_id)
    return (await tx.execute(delete(Conversation).where(*mine))).rowcount > 0


def _forgetting(post_ids: Any) -> tuple[Executable, ...]:
    ends = Conversation.last_post_id.in_(post_ids)
    left = select(ConversationPost.post_id).where(ConversationPost.conversation_id == Conversation.id)
    newest = select(func.max(ConversationPost.post_id)).where(ConversationPost.conversation_id == Conversation.id)
    return (
        delete(ConversationPost).where(ConversationPost.post_id.in_(post_ids)),
        delete(Conversation).where(ends, ~left.exists()),
        update(Conversation).where(ends).values(last_post_id=newest.scalar_subquery()),
    )


async def forget_posts(tx: WriteTx, post_ids: Any) -> None:
    """Posts are gone: what was said before them is the last word again; a conversation without any is gone too.

    `post_ids`: a list, or a statement of one column.
    """
    for statement in _forgetting(post_ids):
        await tx.execute(statement)


_FORGET_POST = lasting(lambda: _forgetting([bindparam("gone", type_=BigInteger())]))


async def forget_post(tx: WriteTx, post_id: int) -> None:
    """As `forget_posts`, of one."""
    for statement in _FORGET_POST():
        await tx.execute(statement, {"gone": post_id})
