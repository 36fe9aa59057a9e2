"""From the text that a person typed to what a post says: its community, its title, its markup, whom it names.

Pure: who the handles are was looked up before. First line, up to 120 characters, is the title (product J5), but for one
that is a web address and nothing else. Titles are plain text wherever they are shown, so the addresses in one are
linked again below the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from federation.vocab.markup import MAX_TITLE_CHARACTERS
from federation.vocab.typed_text import (
    MentionLink,
    find_addresses,
    find_hashtags,
    find_mentions,
    from_text,
    hashtag_url,
    link,
)
from models.communities import LABELS
from models.queries.actors import ActorRow
from server.actions.refusals import Invalid
from server.http.languages import to_translate

MAX_CHARACTERS = 50_000
TOO_LONG = to_translate("Validation failed: Text character limit of %(most)s exceeded")
BLANK = to_translate("Validation failed: Text can't be blank")
MAX_MENTIONS = 50


@dataclass(frozen=True, slots=True)
class Text:
    """What a post says."""

    title: str | None
    content_html: str
    tags: list[str]
    first_line: str
    """The title, or what would be it if it were short enough."""


def handles_in(text: str, domain: str) -> list[tuple[str, str]]:
    """The (name, host) pairs that a text names, each once, in order; ours where it gives no host."""
    found: dict[tuple[str, str], None] = {}
    for handle in find_mentions(text):
        name, _, host = handle.partition("@")
        found[name.lower(), (host or domain).lower()] = None
    return list(found)[:MAX_MENTIONS]


def compose(
    text: str,
    *,
    community: ActorRow | None,
    is_thread: bool,
    named: Mapping[tuple[str, str], ActorRow],
    base_url: str,
    may_be_blank: bool = False,
) -> Text:
    """Markup and title of a post. Raises `Invalid` where nothing is left to say, but for what has files to show."""
    lines = text.split("\n")
    title: str | None = None
    if community is not None:
        lines = _without_address(lines, community)
        if is_thread:
            title, lines = _title_and_rest(lines)
    body = "\n".join(lines)
    first_line = title or next((line for line in lines if line.strip()), "")
    if not title and not body.strip() and not may_be_blank:
        raise Invalid(BLANK)
    html = from_text(body, _links(body, named), lambda tag: hashtag_url(base_url, tag)) + _addresses_in(title or "")
    return Text(title, html, list(dict.fromkeys(tag.lower() for tag in find_hashtags(text))), first_line)


def _addresses_in(title: str) -> str:
    found = find_addresses(title)
    return f"<p>{'<br>'.join(map(link, found))}</p>" if found else ""


def _links(text: str, named: Mapping[tuple[str, str], ActorRow]) -> dict[str, MentionLink]:
    """Handles as they stand in the text, to the profiles they mean."""
    links: dict[str, MentionLink] = {}
    for handle in find_mentions(text):
        name, _, host = handle.partition("@")
        for (known_name, known_host), actor in named.items():
            if known_name == name.lower() and (known_host == host.lower() if host else actor.is_local):
                links[handle] = MentionLink(actor.url, actor.username)
    return links


def _without_address(lines: Sequence[str], community: ActorRow) -> list[str]:
    """The text without the mention that only addresses it: among those that begin a line, as apps put them before a
    reply, at the end of one, or alone.
    """
    mention = rf"[@!]{re.escape(community.username)}(?:@{re.escape(community.host)})?"
    begins = rf"^\s*((?:[@!][\w.@-]+\s+)*?){mention}(?![\w@.-])[:,]?\s*"
    edges = re.compile(rf"{begins}|\s*(?<![\w@])(?<=\s){mention}\s*$", re.IGNORECASE)
    kept: list[str] = []
    for line in lines:
        shorter = edges.sub(lambda found: found[1] or "", line)
        if shorter or not line.strip():
            kept.append(shorter)
    return kept


def _title_and_rest(lines: Sequence[str]) -> tuple[str | None, list[str]]:
    """The first line that says something, if it is short enough to be a title, and what follows it."""
    for index, line in enumerate(lines):
        if line.strip():
            title = " ".join(line.split())
            if len(title) > MAX_TITLE_CHARACTERS or find_addresses(title) == [title]:
                break
            return title, list(lines[index + 1 :])
    return None, list(lines)


def label_of(wanted: str | None, *lowest: int) -> int:
    """The label of a new post: the highest of these, or the higher one that its author wants. Raises `Invalid`."""
    least = max(lowest)
    if wanted is None:
        return least
    if wanted not in LABELS:
        raise Invalid(
            to_translate("Validation failed: “%(wanted)s” is none of %(known)s"), wanted=wanted, known=", ".join(LABELS)
        )
    if LABELS.index(wanted) < least:
        raise Invalid(
            to_translate("What is written here is at least %(label)s: a label can be raised and not lowered"),
            label=LABELS[least],
        )
    return LABELS.index(wanted)
