"""What people type into a search box, with the operators that clients insert: words, "phrases", `from:`, `has:` and
so on. What cannot be understood is looked for as words; nothing is an error (spec/mastodon-api.md, section 7).
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from models.ids import first_id_at
from models.words import FILES, HAS, LANGUAGE, LINK, POLL, REPLY, mark

MAX_CHARACTERS: Final = 1000
_PART: Final = re.compile(
    r'(?P<sign>[-+]?)(?:(?P<name>[a-z]+):(?P<value>"[^"]*"|\S*)|"(?P<phrase>[^"]*)"|(?P<word>\S+))'
)
_QUOTES: Final = str.maketrans(dict.fromkeys("“”«»", '"'))
_HAS: Final = {
    "media": FILES,
    "image": "image",
    "video": "video",
    "audio": "audio",
    "poll": POLL,
    "link": LINK,
    "embed": LINK,
}
_IS: Final = {"reply": REPLY}


class Typed(msgspec.Struct):
    """A question in its parts."""

    phrases: list[str] = []
    without: list[str] = []
    marks: list[str] = []
    without_marks: list[str] = []
    authors: list[str] = []
    """Handles as typed, or `me`; more than one can never be met."""
    without_authors: list[str] = []
    after_id: int = 0
    before_id: int = 2**63 - 1
    in_library: bool = False


def parse(text: str) -> Typed:
    """The parts of a question."""
    typed = Typed()
    for found in _PART.finditer(text[:MAX_CHARACTERS].translate(_QUOTES)):
        is_refused = found["sign"] == "-"
        read = _OPERATORS.get(found["name"] or "")
        value = (found["value"] or "").strip('"')
        if read is not None and read(typed, value, is_refused):
            continue
        words = found["phrase"] or found["word"] or f"{found['name'] or ''} {value}"
        (typed.without if is_refused else typed.phrases).append(words)
    return typed


def _author(typed: Typed, value: str, is_refused: bool) -> bool:
    if value.lstrip("@"):
        (typed.without_authors if is_refused else typed.authors).append(value.lstrip("@").lower())
    return True


def _marked(kinds: dict[str, str]) -> Callable[[Typed, str, bool], bool]:
    def read(typed: Typed, value: str, is_refused: bool) -> bool:
        kind = kinds.get(value.lower())
        if kind is not None:
            (typed.without_marks if is_refused else typed.marks).append(mark(HAS, kind))
        return True

    return read


def _language(typed: Typed, value: str, is_refused: bool) -> bool:
    code = value.lower().partition("-")[0]
    if code.isascii() and code.isalpha():
        (typed.without_marks if is_refused else typed.marks).append(mark(LANGUAGE, code))
    return True


def _place(typed: Typed, value: str, is_refused: bool) -> bool:
    typed.in_library = typed.in_library or (value.lower() == "library" and not is_refused)
    return True


def _day(value: str) -> datetime | None:
    try:
        found = datetime.combine(date.fromisoformat(value[:10]), time(), UTC)
    except ValueError:
        return None
    # Days before there were ids, and the last one that there is, bound nothing.
    return found if 1970 < found.year < 9999 else None


def _before(typed: Typed, value: str, is_refused: bool) -> bool:
    if (day := _day(value)) is not None:
        typed.before_id = min(typed.before_id, first_id_at(day))
    return True


def _after(typed: Typed, value: str, is_refused: bool) -> bool:
    if (day := _day(value)) is not None:
        typed.after_id = max(typed.after_id, first_id_at(day + timedelta(days=1)) - 1)
    return True


def _during(typed: Typed, value: str, is_refused: bool) -> bool:
    if (day := _day(value)) is not None:
        typed.after_id = max(typed.after_id, first_id_at(day) - 1)
        typed.before_id = min(typed.before_id, first_id_at(day + timedelta(days=1)))
    return True


_OPERATORS: Final[dict[str, Callable[[Typed, str, bool], bool]]] = {
    "from": _author,
    "has": _marked(_HAS),
    "is": _marked(_IS),
    "language": _language,
    "in": _place,
    "before": _before,
    "after": _after,
    "during": _during,
}
