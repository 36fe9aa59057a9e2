"""Looking through what a viewer may read: posts by their words and marks, hashtags by how they begin.

The index narrows (words asked for, and places where the viewer reads anything at all), the gate decides, the newest
come first. Whatever is asked for, at most `EXAMINED` posts that the index names are looked at.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.sql.expression import FromClause

from models.actors import Follow
from models.base import aliased
from models.communities import OPEN, Community
from models.conditions import some
from models.details import Details, details_of
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values, visible_to_kind
from models.interactions import Bookmark, Like
from models.posts import Post
from models.queries.paging import limit_written
from models.queries.posts import Entry, EntryRow, entries, entry_rows
from models.queries.tastes import taste_values, wanted_by_kind
from models.statements import lasting_forms
from models.tags import FeaturedTag, FollowedTag
from models.words import AUTHOR, COMMUNITY, HAS, LINK, MENTIONED, TAG, TAGGED, mark, words

EXAMINED: Final = 1000
"""Posts that the index names, the newest first; what is older is not found by this question."""
MAX_WORDS: Final = 20
MAX_PLACES: Final = 200
"""Who reads in more places than these reads nearly everything: then the gate alone narrows."""

_GREATEST: Final = 2**63 - 1


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for. All of it has to be so; texts are as typed."""

    phrases: Sequence[str] = ()
    """Each one word, or several in this order."""
    without: Sequence[str] = ()
    marks: Sequence[str] = ()
    """Of `models.words.mark`."""
    without_marks: Sequence[str] = ()
    after_id: int = 0
    before_id: int = _GREATEST
    is_upwards: bool = False
    """The oldest of them, right above `after_id`; newest first all the same."""
    in_library: bool = False
    """Only what the viewer wrote, likes or keeps."""


class Places(msgspec.Struct, frozen=True):
    """Where a person reads anything, as marks; None: too many to name. And the hashtags that they follow and show."""

    marks: tuple[str, ...] | None
    followed_tags: frozenset[str]
    featured_tags: frozenset[str]


async def places(tx: ReadTx, viewer: Person) -> Places:
    """Communities joined and communities that all of the firm reads, people followed, and the viewer."""
    is_community = case((Community.actor_id.is_(None), AUTHOR), else_=COMMUNITY)
    joined = (
        select(is_community, Follow.target_id, literal(""))
        .outerjoin(Community, Community.actor_id == Follow.target_id)
        .where(Follow.follower_id == viewer.actor_id, Follow.is_accepted)
    )
    public = select(literal(COMMUNITY), Community.actor_id, literal("")).where(
        Community.is_local, Community.visibility == OPEN
    )
    tags = select(literal(TAG), literal(0), FollowedTag.name).where(FollowedTag.actor_id == viewer.actor_id)
    shown = select(literal(HAS), literal(0), FeaturedTag.name).where(FeaturedTag.actor_id == viewer.actor_id)
    rows = (await tx.select(joined.union_all(public, tags, shown))).all()
    found = {(row[0], row[1]) for row in rows if row[0] in (AUTHOR, COMMUNITY)}
    marks = [mark(AUTHOR, viewer.actor_id), mark(MENTIONED, viewer.actor_id), *(mark(*one) for one in sorted(found))]
    if viewer.kind is ViewerKind.COMMUNITY:
        marks = [mark(COMMUNITY, viewer.actor_id)]
    named = None if len(found) > MAX_PLACES else tuple(marks)
    return Places(named, *(frozenset(row[2] for row in rows if row[0] == kind) for kind in (TAG, HAS)))


async def posts_page(
    tx: ReadTx, sought: Sought, viewer: Person, known: Places, at: datetime, *, limit: int, offset: int = 0
) -> list[EntryRow]:
    """Posts that the viewer may read and that are as sought, the newest first. Nothing for a question without words."""
    asked = _question(tx, sought, known.marks or ())
    if asked is None or offset >= EXAMINED:
        return []
    values = {
        "sought": asked,
        "above": sought.after_id,
        "below": sought.before_id,
        "passed_over": offset,
        **viewer_values(viewer),
        **taste_values(viewer, at),
    }
    form = _Form(sought.is_upwards, sought.in_library, offset > 0, limit_written(limit))
    rows = entry_rows((await tx.select(_posts_statement(tx.dialect, viewer.kind, form), values)).all())
    nearest = sorted(rows, key=lambda row: row.id, reverse=not sought.is_upwards)[:limit]
    return nearest[::-1] if sought.is_upwards else nearest


def _question(tx: ReadTx, sought: Sought, narrowed: Sequence[str]) -> str | None:
    """What the index is asked, in the language of the database; None where nothing is asked for."""
    phrases = [found for text in sought.phrases if (found := words(text))][:MAX_WORDS]
    refused = [found for text in sought.without if (found := words(text))][:MAX_WORDS]
    given = [[one] for one in sought.marks]
    if not phrases and not given:
        return None
    return _LANGUAGES[tx.dialect]([*phrases, *given], narrowed, [*refused, *([one] for one in sought.without_marks)])


def _sqlite_question(all_of: Iterable[Sequence[str]], any_of: Sequence[str], none_of: Iterable[Sequence[str]]) -> str:
    asked = [f'"{" ".join(one)}"' for one in all_of]
    if any_of:
        asked.append("(" + " OR ".join(f'"{one}"' for one in any_of) + ")")
    refused = [f'"{" ".join(one)}"' for one in none_of]
    question = " AND ".join(asked)
    return f"({question}) NOT ({' OR '.join(refused)})" if refused else question


def _postgres_question(all_of: Iterable[Sequence[str]], any_of: Sequence[str], none_of: Iterable[Sequence[str]]) -> str:
    asked = [f"({' <-> '.join(one)})" for one in all_of]
    if any_of:
        asked.append(f"({' | '.join(any_of)})")
    return " & ".join([*asked, *(f"!({' <-> '.join(one)})" for one in none_of)])


_LANGUAGES: Final = {"sqlite": _sqlite_question, "postgresql": _postgres_question}


def named_posts(dialect: str, question: ColumnElement[Any], *, is_upwards: bool = False) -> FromClause:
    """Ids that the index names, between two ids, at most `EXAMINED`. Uses post_search, or ix_posts_words."""
    above, below = bindparam("above", type_=BigInteger()), bindparam("below", type_=BigInteger())
    if dialect != "sqlite":
        # Plans with the word at hand, which a prepared statement ceases to do (migration `planned_search`).
        named = func.posts_with_words(question, above, below, is_upwards, EXAMINED)
        return named.table_valued("id", name="named").render_derived()
    number: ColumnElement[int] = literal_column("post_search.rowid", BigInteger())
    matches = literal_column("post_search").op("MATCH", is_comparison=True)(question)
    statement = select(number.label("id")).select_from(table("post_search"))
    order = number.asc() if is_upwards else number.desc()
    return statement.where(matches, number > above, number < below).order_by(order).limit(EXAMINED).subquery("named")


class _Form(NamedTuple):
    """Of the statement of a page."""

    is_upwards: bool
    in_library: bool
    has_offset: bool
    at_most: int


@lasting_forms
def _posts_statement(dialect: str, kind: ViewerKind, form: _Form) -> Columns:
    named = named_posts(dialect, bindparam("sought"), is_upwards=form.is_upwards)
    chosen = (
        select(Post.id)
        .select_from(named)
        .join(Post, Post.id == named.c.id)
        .where(visible_to_kind(kind), *wanted_by_kind(kind, Post.author_id), _kept() if form.in_library else true())
        .order_by(Post.id.asc() if form.is_upwards else Post.id.desc())
        .limit(literal_column(str(form.at_most)))
    )
    if form.has_offset:
        chosen = chosen.offset(bindparam("passed_over", type_=BigInteger()))
    return entries(kind).where(Entry.id.in_(select(chosen.subquery("chosen").c.id)))


def _kept() -> ColumnElement[bool]:
    viewer_id = bindparam("viewer_id", type_=BigInteger())
    like, bookmark = aliased(Like), aliased(Bookmark)
    return or_(
        Post.author_id == viewer_id,
        some(like, like.post_id == Post.id, like.actor_id == viewer_id),
        some(bookmark, bookmark.post_id == Post.id, bookmark.actor_id == viewer_id),
    )


class Use(msgspec.Struct, frozen=True):
    """Posts with a hashtag, or a link, on one day, and by whom."""

    day: date
    author_id: int


_Carried = list[tuple[Any, datetime, int]]


async def tags_by_prefix(
    tx: ReadTx, prefix: str, viewer: Person, known: Places, at: datetime, *, limit: int, offset: int = 0
) -> dict[str, list[Use]]:
    """Hashtags of posts that the viewer may read which begin so, the shortest first, with their uses."""
    if not words(prefix):
        return {}
    question = _beginning(tx, prefix, known.marks or ())
    rows = await _carrying(tx, question, viewer, at, Post.tags)
    found = _by_value(((name, day, by) for names, day, by in rows for name in names), prefix)
    chosen = sorted(found, key=lambda name: (len(name), name))[offset : offset + limit]
    return {name: found[name] for name in chosen}


async def tags_since(tx: ReadTx, viewer: Person, known: Places, at: datetime, since_id: int) -> dict[str, list[Use]]:
    """Hashtags of posts that the viewer may read since then, with their uses."""
    question = _question(tx, Sought(marks=[mark(HAS, TAGGED)]), known.marks or ())
    rows = await _carrying(tx, question or "", viewer, at, Post.tags, since_id)
    return _by_value((name, day, by) for names, day, by in rows for name in names)


async def links_since(
    tx: ReadTx, viewer: Person, known: Places, at: datetime, since_id: int
) -> dict[str, tuple[Details, list[Use]]]:
    """Pages that posts are about which the viewer may read since then, each as one of them carries it, with uses."""
    question = _question(tx, Sought(marks=[mark(HAS, LINK)]), known.marks or ())
    found: dict[str, tuple[Details, list[Use]]] = {}
    for stored, when, by in await _carrying(tx, question or "", viewer, at, Post.details, since_id):
        details = details_of(stored)
        if details.link is not None:
            found.setdefault(details.link.url, (details, []))[1].append(Use(when.date(), by))
    return found


@lasting_forms
def _lively_statement(dialect: str, kind: ViewerKind) -> Columns:
    named, reply, like = named_posts(dialect, bindparam("sought")), aliased(Post), aliased(Like)
    answering = (
        select(func.count(reply.author_id.distinct()))
        .where(reply.thread_id == Post.id, reply.deleted_at.is_(None), reply.is_confirmed)
        .where(reply.author_id != Post.author_id)
        .scalar_subquery()
    )
    liking = select(func.count()).where(like.post_id == Post.id, like.actor_id != Post.author_id).scalar_subquery()
    lively = (
        select(Post.id, (answering + liking).label("people"))
        .select_from(named)
        .join(Post, Post.id == named.c.id)
        .where(visible_to_kind(kind), *wanted_by_kind(kind, Post.author_id), Post.parent_uri.is_(None))
        .subquery("lively")
    )
    return (
        select(lively.c.id)
        .where(lively.c.people >= bindparam("fewest", type_=BigInteger()))
        .order_by(lively.c.people.desc(), lively.c.id.desc())
        .limit(bindparam("most", type_=BigInteger()))
        .offset(bindparam("passed_over", type_=BigInteger()))
    )


async def lively_since(
    tx: ReadTx, viewer: Person, known: Places, at: datetime, since_id: int, *, fewest: int, limit: int, offset: int
) -> list[int]:
    """Threads begun since then that the viewer may read, those first in which most people answered or liked."""
    marks = known.marks or (mark(AUTHOR, viewer.actor_id),)
    values = {
        "sought": _LANGUAGES[tx.dialect]([], marks, []),
        "above": since_id,
        "below": _GREATEST,
        "fewest": fewest,
        "most": limit,
        "passed_over": offset,
        **viewer_values(viewer),
        **taste_values(viewer, at),
    }
    return [row[0] for row in await tx.select(_lively_statement(tx.dialect, viewer.kind), values)]


def _beginning(tx: ReadTx, prefix: str, narrowed: Sequence[str]) -> str:
    begun = mark(TAG, prefix)
    any_of = _LANGUAGES[tx.dialect]([], narrowed, []) if narrowed else ""
    if tx.dialect == "sqlite":
        return f'"{begun}" * AND {any_of}' if any_of else f'"{begun}" *'
    return f"{begun}:* & {any_of}" if any_of else f"{begun}:*"


@lasting_forms
def _carrying_statement(dialect: str, kind: ViewerKind, column: str) -> Columns:
    named = named_posts(dialect, bindparam("sought"))
    return (
        select(getattr(Post, column), Post.published_at, Post.author_id)
        .select_from(named)
        .join(Post, Post.id == named.c.id)
        .where(visible_to_kind(kind), *wanted_by_kind(kind, Post.author_id))
    )


async def _carrying(
    tx: ReadTx, question: str, viewer: Person, at: datetime, column: Any, since_id: int = 0
) -> _Carried:
    values = {
        "sought": question,
        "above": since_id,
        "below": _GREATEST,
        **viewer_values(viewer),
        **taste_values(viewer, at),
    }
    statement = _carrying_statement(tx.dialect, viewer.kind, column.key)
    return [(row[0], row[1], row[2]) for row in await tx.select(statement, values)]


def _by_value(found: Iterable[tuple[str, datetime, int]], prefix: str = "") -> dict[str, list[Use]]:
    uses: dict[str, list[Use]] = {}
    for value, at, author_id in found:
        if value.startswith(prefix):
            uses.setdefault(value, []).append(Use(at.date(), author_id))
    return uses
