"""Reading somebody's filters, whole: few, small, and asked for with every page that they show something on."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, String, bindparam, cast, literal, null, select, union_all

from models.engine import Columns, ReadTx
from models.filters import Filter, FilterKeyword, FilterPost
from models.gate import visible_to_each
from models.posts import Post
from models.statements import lasting


class KeywordRow(msgspec.Struct, frozen=True):
    """One word or phrase."""

    id: int
    keyword: str
    whole_word: bool


class NamedPost(msgspec.Struct, frozen=True):
    """One post that a filter names."""

    id: int
    post_id: int


class FilterRow(msgspec.Struct, frozen=True):
    """One filter with all that it matches."""

    id: int
    title: str
    contexts: list[str]
    action: str
    expires_at: datetime | None
    keywords: list[KeywordRow]
    posts: list[NamedPost]


def _statement() -> Columns:
    people, number = bindparam("people", expanding=True, type_=BigInteger()), BigInteger()
    words = (
        select(
            Filter.id.label("of_filter"),
            FilterKeyword.id.label("part"),
            FilterKeyword.keyword.label("keyword"),
            FilterKeyword.whole_word.label("whole_word"),
            cast(null(), number).label("post"),
        )
        .outerjoin(FilterKeyword, FilterKeyword.filter_id == Filter.id)
        .where(Filter.actor_id.in_(people))
    )
    named = (
        select(Filter.id, FilterPost.id, cast(literal(""), String()), literal(False), FilterPost.post_id)
        .join(FilterPost, FilterPost.filter_id == Filter.id)
        .join(Post, Post.id == FilterPost.post_id)
        # Who has left a community has no trace of it, not even a number (threats T152).
        .where(Filter.actor_id.in_(people), visible_to_each(Filter.actor_id))
    )
    parts = union_all(words, named).subquery("parts")
    return (
        select(
            Filter.id,
            Filter.title,
            Filter.contexts,
            Filter.action,
            Filter.expires_at,
            parts.c.part,
            parts.c.keyword,
            parts.c.whole_word,
            parts.c.post,
            Filter.actor_id,
        )
        .join(parts, parts.c.of_filter == Filter.id)
        .order_by(Filter.id, parts.c.part)
    )


_ALL = lasting(_statement)


async def of_person(tx: ReadTx, person_id: int) -> list[FilterRow]:
    """All filters of one person, also those that have run out, the oldest first; one statement."""
    return (await of_people(tx, [person_id]))[person_id]


async def of_people(tx: ReadTx, people: Collection[int]) -> dict[int, list[FilterRow]]:
    """As `of_person`, by person; one statement for all."""
    found: dict[int, dict[int, FilterRow]] = {person_id: {} for person_id in people}
    for row in await tx.select(_ALL(), {"people": list(people)}) if people else ():
        one = found[row[9]].setdefault(row[0], FilterRow(row[0], row[1], row[2], row[3], row[4], [], []))
        part, keyword, whole_word, post_id = row[5:9]
        if post_id is not None:
            one.posts.append(NamedPost(part, post_id))
        elif part is not None:
            one.keywords.append(KeywordRow(part, keyword, bool(whole_word)))
    return {person_id: list(rows.values()) for person_id, rows in found.items()}
