"""Reading conversations: each with its last post, as far as the viewer may see that."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, bindparam, select

from models.conversations import Conversation
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values
from models.posts import Post
from models.queries.paging import Page, Window
from models.queries.posts import WIDTH, Entry, EntryRow, entries, entry_rows
from models.queries.tastes import taste_values, wanted_by_kind
from models.statements import lasting, lasting_forms


class ConversationRow(msgspec.Struct, frozen=True):
    """One conversation of one person."""

    id: int
    is_unread: bool
    people: list[int]
    """The others; empty where somebody talks to themselves."""
    last: EntryRow


def _own() -> Columns:
    person = ViewerKind.PERSON
    return (
        entries(person)
        .join(Conversation, Conversation.last_post_id == Entry.id)
        .where(
            Conversation.actor_id == bindparam("viewer_id", type_=BigInteger()), *wanted_by_kind(person, Post.author_id)
        )
        .add_columns(Conversation.id, Conversation.is_unread, Conversation.people)
    )


_OWN = lasting(_own)


@lasting_forms
def _page(window: Window) -> Columns:
    return window.of(_OWN(), Conversation.last_post_id)


def _rows(found: Collection[tuple[object, ...]]) -> list[ConversationRow]:
    lasts = entry_rows(list(found))
    return [
        ConversationRow(row[WIDTH], bool(row[WIDTH + 1]), row[WIDTH + 2], last)  # type: ignore[arg-type]
        for row, last in zip(found, lasts, strict=True)
    ]


async def page_of(tx: ReadTx, viewer: Person, page: Page, at: datetime) -> list[ConversationRow]:
    """The viewer's conversations by their last post, newest first. Uses ix_conversations_actor."""
    values = {**page.values, **viewer_values(viewer), **taste_values(viewer, at)}
    return page.ordered(_rows([tuple(row) for row in await tx.select(_page(page.window), values)]))


_ONE = lasting(lambda: _OWN().where(Conversation.id == bindparam("conversation_id", type_=BigInteger())))


async def one(tx: ReadTx, conversation_id: int, viewer: Person, at: datetime) -> ConversationRow | None:
    """One of the viewer's own."""
    values = {"conversation_id": conversation_id, **viewer_values(viewer), **taste_values(viewer, at)}
    rows = _rows([tuple(row) for row in await tx.select(_ONE(), values)])
    return rows[0] if rows else None


class Concerned(msgspec.Struct, frozen=True):
    """A conversation that ends in a post, and whose it is, in the order of the columns; nothing of what is said."""

    id: int
    person_id: int
    post_id: int
    is_unread: bool
    people: list[int]


_ENDING: Columns = select(
    Conversation.id, Conversation.actor_id, Conversation.last_post_id, Conversation.is_unread, Conversation.people
).where(
    Conversation.last_post_id.in_(bindparam("posts", expanding=True)),
    Conversation.actor_id.in_(bindparam("people", expanding=True)),
)


async def ending_in(tx: ReadTx, post_ids: Collection[int], people: Collection[Person]) -> list[Concerned]:
    """Conversations of these people whose last post is one of these. One statement."""
    if not post_ids or not people:
        return []
    values = {"posts": list(post_ids), "people": [one.actor_id for one in people]}
    return [Concerned(row[0], row[1], row[2], bool(row[3]), row[4]) for row in await tx.select(_ENDING, values)]
