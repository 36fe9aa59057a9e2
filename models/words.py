"""What of a post is searched: its words, folded, and its marks (whose it is, where it stands, what it carries).

The same text is stored on both databases and indexed there, and questions are folded the same way, so that either finds
the same posts. What a newcomer would get wrong: a mark narrows what is looked through; what is shown the gate decides.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import unescape
from typing import Final

import msgspec

from models.details import Details

MAX_CHARACTERS: Final = 60_000
"""Of one post; what comes after is not found. PostgreSQL takes a megabyte."""
MAX_WORD: Final = 60

AUTHOR, COMMUNITY, MENTIONED, TAG, HAS, LANGUAGE = "a", "c", "m", "t", "h", "l"
"""Kinds of marks."""

REPLY, FILES, LINK, POLL, TAGGED = "reply", "media", "link", "poll", "tags"
"""What a post may have (`HAS`), beside the kinds of its files."""

_MARK: Final = "zq"
"""How a mark begins. A word that begins so loses it: nobody can write a mark."""

_BEGINS_AS_MARK: Final = re.compile(rf"^(?:{_MARK})+")
_WORD: Final = re.compile(r"[^\W_]+")
"""What `str.isalnum` says yes to, in one go: this is done for every post."""
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_BLOCK: Final = re.compile(r"<(?:/?(?:p|br|li|ul|ol|blockquote|pre|h[1-6]|div)\b)[^>]*>", re.IGNORECASE)
_ELEMENT: Final = re.compile(r"<[^>]*>")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What of a post its words and marks are made of."""

    title: str | None
    spoiler: str
    content_html: str
    details: Details
    tags: Sequence[str]
    author_id: int
    community_id: int | None
    mentioned: Sequence[int]
    language: str | None
    is_reply: bool
    has_poll: bool
    options: Sequence[str] = ()
    """The answers of its poll."""


def searched_text(told: Told) -> str:
    """What is stored and indexed: words in the order in which they are read, then marks."""
    parts = [
        told.title or "",
        told.spoiler,
        plain(told.content_html),
        *(file.description or "" for file in told.details.files),
        told.details.link.title if told.details.link else "",
        *told.options,
        " ".join(told.tags),
    ]
    return " ".join([*words("\n".join(parts)), *_marks(told)])


def words(text: str) -> list[str]:
    """The words of a text: without case, accents and the sign of a plural; in order."""
    folded = _folded(text[:MAX_CHARACTERS])
    found = _WORD.findall(folded)
    if _MARK in folded:
        found = [word for one in found if (word := _BEGINS_AS_MARK.sub("", one))]
    # Most words end in neither and are short, and this is done for every word of every post.
    return [_singular(word[:MAX_WORD]) if word[-1] in "sx" or len(word) > MAX_WORD else word for word in found]


def mark(kind: str, value: object) -> str:
    """One mark, a word that no text contains."""
    text = "".join(_WORD.findall(_folded(str(value))))
    return f"{_MARK}{kind}{text[:MAX_WORD]}"


def _marks(told: Told) -> Iterable[str]:
    yield mark(AUTHOR, told.author_id)
    if told.community_id is not None:
        yield mark(COMMUNITY, told.community_id)
    yield from (mark(MENTIONED, one) for one in told.mentioned)
    yield from (mark(TAG, name) for name in told.tags)
    if told.language:
        yield mark(LANGUAGE, told.language.partition("-")[0])
    carried = {
        REPLY: told.is_reply,
        POLL: told.has_poll,
        LINK: told.details.link is not None,
        FILES: bool(told.details.files),
        TAGGED: bool(told.tags),
        **{file.kind: True for file in told.details.files},
    }
    yield from (mark(HAS, name) for name, is_there in carried.items() if is_there)


def plain(html: str) -> str:
    """What is read of markup that was made safe before."""
    return unescape(_ELEMENT.sub("", _BLOCK.sub("\n", html)))


def _folded(text: str) -> str:
    if not text.isascii():
        text = _BEYOND_ASCII.sub(_without_accents, unicodedata.normalize("NFKD", text))
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _without_accents(found: re.Match[str]) -> str:
    return "".join(one for one in found[0] if not unicodedata.combining(one))


def _singular(word: str) -> str:
    """Without the ending that plurals of English and French have, where enough of the word is left."""
    if word[-1] == "s":
        return word[:-1] if len(word) > 3 and word[-2] != "s" else word
    return word[:-1] if len(word) > 4 and word.endswith(("aux", "eux")) else word
