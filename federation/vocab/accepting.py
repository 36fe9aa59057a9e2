"""A reply that accepts what it answers: `#accepted`, `#retenue`, and no further word (product J5)."""

import re
from collections.abc import Iterable

from federation.vocab.typed_text import find_hashtags, find_mentions
from models.questions import ACCEPTING

_TAG = re.compile(rf"#(?:{'|'.join(ACCEPTING)})\b", re.IGNORECASE)


def is_acceptance(text: str) -> bool:
    """A reply that says nothing but that what it answers is accepted, whomever it names."""
    if not names_acceptance(find_hashtags(text)):
        return False
    rest = _TAG.sub(" ", text)
    for handle in sorted(find_mentions(rest), key=len, reverse=True):
        rest = re.sub(rf"[@!]{re.escape(handle)}", " ", rest, flags=re.IGNORECASE)
    return not re.search(r"\w", rest)


def names_acceptance(hashtags: Iterable[str]) -> bool:
    """One of the hashtags says so: cheap to ask of every reply, before its text is read."""
    return not set(ACCEPTING).isdisjoint(tag.lower() for tag in hashtags)
