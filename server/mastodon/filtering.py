"""What of a person's filters a post matches (client API section 7). Computed here, so that every app shows the same."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, cast

from msgspec import UNSET

from federation.vocab.markup import plain_text
from models.details import details_of
from models.filters import HIDE
from models.gate import Person
from models.queries.filters import FilterRow
from models.queries.polls import OwnPoll
from models.queries.posts import EntryRow, PostRow
from server.http.answers import instant
from server.mastodon.entities import FilterAction, FilterContext, FilterResult, FilterSummary, Status

_KEPT: Final = 5000


class Filters:
    """One person's filters that hold at this moment."""

    def __init__(self, rows: Sequence[FilterRow], at: datetime) -> None:
        self._rows = [row for row in rows if row.expires_at is None or row.expires_at > at]

    def of(self, row: EntryRow, poll: OwnPoll | None, viewer: Person) -> list[FilterResult]:
        """Those that match the post behind an entry, or its poll; a person's own posts match nothing."""
        if not self._rows or row.post.author_id == viewer.actor_id:
            return []
        text = _folded("\n".join([*_texts(row.post), *(poll.poll.options if poll else ())]))
        return [found for one in self._rows if (found := _result(one, text, {row.id, row.post.id})) is not None]


def is_hidden(status: Status, context: FilterContext) -> bool:
    """One of the filters that it matches hides it in this context."""
    if status.filtered is UNSET:
        return False
    return any(one.filter.filter_action == HIDE and context in one.filter.context for one in status.filtered)


def summary(row: FilterRow) -> FilterSummary:
    """A filter as it stands beside a post that it matches."""
    return FilterSummary(
        id=str(row.id),
        title=row.title,
        context=cast("list[FilterContext]", row.contexts),
        expires_at=instant(row.expires_at) if row.expires_at else None,
        filter_action=cast("FilterAction", row.action),
    )


def _result(row: FilterRow, text: str, ids: set[int]) -> FilterResult | None:
    words = [word.keyword for word in row.keywords if _pattern(word.keyword, word.whole_word).search(text)]
    named = [str(one.post_id) for one in row.posts if one.post_id in ids]
    if not words and not named:
        return None
    return FilterResult(filter=summary(row), keyword_matches=words or None, status_matches=named or None)


def _texts(post: PostRow) -> Iterator[str]:
    """What people read of a post, without markup."""
    yield post.spoiler
    yield post.title or ""
    yield plain_text(post.content_html)
    yield " ".join(f"#{tag}" for tag in post.tags)
    for file in details_of(post.details).files:
        yield file.description or ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


@lru_cache(maxsize=_KEPT)
def _pattern(keyword: str, whole_word: bool) -> re.Pattern[str]:
    """A boundary is asked for only at an end of the phrase that is part of a word: `#rota` has none on its left."""
    folded = _folded(keyword)
    escaped = r"\s+".join(re.escape(part) for part in folded.split())
    if not whole_word:
        return re.compile(escaped)
    left = r"(?<!\w)" if re.match(r"\w", folded) else ""
    right = r"(?!\w)" if re.search(r"\w\Z", folded) else ""
    return re.compile(left + escaped + right)
