"""Whether the client API shows of a post what its document says."""

import html
import re
from typing import Any

from tests.wire.payloads import Document

_WORDS = 6
_WARNING_KINDS = ("Note", "Question")
"""Elsewhere a summary is an excerpt."""


def check_status(status: Document, post: Document) -> None:
    """The status is this post: words, title, warning, tags, time."""
    text = words(status["content"])
    for said in (post.get("name"), post.get("content")):
        assert " ".join(words(said or "").split()[:_WORDS]) in text, (said, text)
    assert bool(post.get("sensitive")) <= status["sensitive"]
    if post["type"] in _WARNING_KINDS:
        assert status["spoiler_text"] == words(post.get("summary") or "")
    else:
        assert status["spoiler_text"] == ""
    assert {tag.lower() for tag in hashtags(post) if " " not in tag} <= {tag["name"] for tag in status["tags"]}
    if post.get("published"):
        assert status["created_at"][:19] == post["published"][:19]


def hashtags(post: Document) -> list[str]:
    """Names of its hashtags, without the sign."""
    return [tag["name"].lstrip("#") for tag in listed(post.get("tag")) if tag.get("type") == "Hashtag"]


def words(markup: str) -> str:
    """Text without markup, its white space evened out."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"</?(a|span|b|em|strong|code|i)\b[^>]*>", "", markup)))
    return re.sub(r"[\s*`#\[\]]+", " ", text).strip()


def listed(value: Any) -> list[Any]:
    """One or several as a list; nothing as an empty one."""
    return value if isinstance(value, list) else [] if value is None else [value]
