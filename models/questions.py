"""What makes a thread a question, for people here and at partners alike (product J5)."""

from collections.abc import Iterable

TAG = "question"
"""The hashtag that says so where the title does not."""

ACCEPTING = ("accepted", "retenue")
"""In a reply by who asked: what it answers is the accepted answer. The word itself is not published."""


def asks(title: str | None, tags: Iterable[str]) -> bool:
    """An opening post with this title (or, without one, first line) and these hashtags is a question."""
    return (title or "").rstrip().endswith(("?", "？")) or TAG in tags
