"""What a received post says, made safe on its way in: the columns that an edit may change (threats R10, T105).

What apps have no field for is said in the text, at its end: the page that a post links to, the post that it quotes, the
place of the original of a film or an article; at its beginning, when and where an event takes place.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

import msgspec

from federation.vocab import types
from federation.vocab.emojis import used_emojis
from federation.vocab.local_links import localise
from federation.vocab.markup import as_html, plain_text, sanitise, title_of
from federation.vocab.shapes import MAX_LANGUAGE_CHARACTERS, plain_line
from federation.vocab.typed_text import MAX_URL_CHARACTERS, MentionLink, hashtag_url, link
from models.base import EPOCH
from models.details import MOST_FILES, Details, Emoji, File, Link, as_stored, details_of
from models.queries.actors import ActorRow
from models.writes.polls import NewPoll

_WARNED = ("Note", "Question")
"""Types whose summary is a warning; in others it is an excerpt (spec/group-federation.md 6.2)."""
_SHOWN_ELSEWHERE = ("Video", "Audio", "Article", "Event")
"""Types whose page has more to show than a post can hold."""
_FILE_KINDS = {"Image": "image", "Video": "video", "Audio": "audio"}
_ENDINGS = {
    "image": ("jpg", "jpeg", "png", "gif", "webp", "avif"),
    "video": ("mp4", "webm", "mov", "m4v"),
    "audio": ("mp3", "ogg", "oga", "opus", "wav", "flac", "m4a", "aac"),
}
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")
_MAX_LINK_TITLE_CHARACTERS = 200


class Content(msgspec.Struct, frozen=True):
    """The columns that an edit may change."""

    kind: str
    title: str | None
    content_html: str
    source: str
    spoiler: str
    is_sensitive: bool
    language: str | None
    tags: list[str]
    details: dict[str, Any]


class Setting(msgspec.Struct, frozen=True):
    """Where a post stands, as far as it changes how it reads."""

    base_url: str
    """Of this server: hashtags lead to its pages."""
    titled_in: str | None = None
    """`name@host` of the community that an opening post is in: there it gets a title."""
    mentions: Mapping[str, MentionLink] = {}
    """Id and profile address of the people named, to how apps know them."""


def content_of(post: types.Post, setting: Setting) -> Content:
    """What a post says, made safe: markup is cleaned on its way in (threats R10, T105)."""
    tags = list(dict.fromkeys(tag.lower() for tag in post.hashtags))
    html = as_html(post.content, post.media_type)
    if not html and post.summary and post.kind not in _WARNED:
        html = as_html(post.summary, "text/html")
    title, is_from_text = _title(post, html, setting)
    html = localise(html, setting.mentions, tags, lambda tag: hashtag_url(setting.base_url, tag))
    links = _links(post)
    details = Details(
        files=tuple(file for entry in post.attachments if (file := _file(entry)))[:MOST_FILES],
        link=_card(post, links),
        emojis=_emojis(post),
        title_from_text=is_from_text,
    )
    is_warned = bool(post.summary) and (post.kind in _WARNED or (post.kind == "Video" and post.sensitive))
    spoiler = _warning(post.summary) if post.summary and is_warned else ""
    return Content(
        kind=post.kind[:20],
        title=title,
        content_html=_happening(post.happening) + html + _appended(post, links, html),
        source=post.source or "",
        spoiler=spoiler,
        is_sensitive=post.sensitive or bool(spoiler),
        language=post.language if len(post.language or "") <= MAX_LANGUAGE_CHARACTERS else None,
        tags=tags,
        details=as_stored(details),
    )


def _warning(summary: str) -> str:
    """A content warning as plain text. It is passed on as such, where others take it for markup once more: so it is
    read until nothing is left that could be.
    """
    read = plain_text(summary)
    while read != summary:
        summary, read = read, plain_text(read)
    return read


def mention_links(people: Iterable[ActorRow]) -> dict[str, MentionLink]:
    """How links to these people, by id or by profile address, read here."""
    links: dict[str, MentionLink] = {}
    for person in people:
        links[person.uri] = links[person.url] = MentionLink(person.url, person.username)
    return links


def emoji_urls(stored: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where the pictures of custom emojis are, of posts by their stored details."""
    return [emoji.url for details in stored if "emojis" in details for emoji in details_of(dict(details)).emojis]


def poll_of(post: types.Post, post_id: int, received_at: datetime) -> NewPoll | None:
    """The poll of a Question, with the counts that its author's server gives; None where there is nothing to choose."""
    poll = post.poll
    if poll is None or not poll.options:
        return None
    ends = [at for at in (poll.ends_at, poll.closed_at) if at is not None]
    return NewPoll(
        post_id=post_id,
        options=[option.name for option in poll.options],
        counts=[option.votes for option in poll.options],
        voters=poll.voters,
        is_multiple=poll.is_multiple,
        expires_at=min(ends) if ends else received_at if poll.is_closed else None,
    )


def _title(post: types.Post, html: str, setting: Setting) -> tuple[str | None, bool]:
    """The name; else, of an opening post in a community, the first line (spec/group-federation.md 6.1)."""
    if post.name:
        return post.name[:400], False
    if setting.titled_in is None:
        return None, False
    title = title_of(plain_text(html), setting.titled_in)
    return title or None, bool(title)


# --- files, links, emojis ---


def _file(entry: types.Attachment) -> File | None:
    """A file; None for a web page."""
    kind = _file_kind(entry)
    if kind is None:
        return None
    return File(
        kind=kind,
        url=entry.url,
        media_type=entry.media_type,
        description=entry.name,
        blurhash=entry.blurhash if entry.blurhash and _BLURHASH.fullmatch(entry.blurhash) else None,
        width=entry.width or None,
        height=entry.height or None,
        focus=entry.focal_point,
    )


def _file_kind(entry: types.Attachment) -> str | None:
    family = (entry.media_type or "").partition("/")[0].lower()
    if family in _ENDINGS:
        return family
    if entry.kind == "Link" or (entry.media_type or "").startswith("text/html"):
        return None
    if entry.kind in _FILE_KINDS:
        return _FILE_KINDS[entry.kind]
    ending = entry.url.partition("?")[0].rpartition(".")[2].lower()
    return next((kind for kind, endings in _ENDINGS.items() if ending in endings and not family), "unknown")


def _links(post: types.Post) -> list[types.Attachment]:
    return [entry for entry in post.attachments if _file_kind(entry) is None and _is_usable(entry.url)]


def _is_usable(url: str) -> bool:
    """Whether an address can be linked: no mark that would have to be escaped, no name before the host (T107)."""
    if len(url) > MAX_URL_CHARACTERS or not url.startswith("http") or any(mark in url for mark in "<>\"'`\\ "):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc


def _card(post: types.Post, links: list[types.Attachment]) -> Link | None:
    """The page that the post is about: its first link, or the page of what is shown elsewhere."""
    if links:
        named = plain_line(links[0].name or "", _MAX_LINK_TITLE_CHARACTERS)
        return Link(links[0].url, named or post.name or _host(links[0].url))
    if post.kind in _SHOWN_ELSEWHERE and post.url and _is_usable(post.url):
        return Link(post.url, post.name or _host(post.url))
    return None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _emojis(post: types.Post) -> tuple[Emoji, ...]:
    """Those that the post uses, each once."""
    answers = [option.name for option in post.poll.options] if post.poll else []
    text = "\n".join([post.content, post.summary or "", post.name or "", *answers])
    return used_emojis(post.emojis, text)


# --- what is said in the text ---


def _appended(post: types.Post, links: list[types.Attachment], html: str) -> str:
    """Links that the text lacks, one a paragraph."""
    parts = [f"<p>{link(entry.url)}</p>" for entry in links if escape(entry.url) not in html]
    if post.quote and _is_usable(post.quote) and not _is_quoted_in(post, html):
        parts.append(f"<p>RE: {link(post.quote)}</p>")
    original = post.url if post.kind in _SHOWN_ELSEWHERE else None
    if original and _is_usable(original) and escape(original) not in html:
        parts.append(f"<p>{link(original)}</p>")
    return "".join(dict.fromkeys(parts))


def _is_quoted_in(post: types.Post, html: str) -> bool:
    """Whether the text has the link already: of the id, or, as apps write it, of the post's page."""
    return escape(post.quote or "") in html or 'class="quote-inline"' in html


def dated(claimed: datetime, received_at: datetime, now: datetime) -> datetime:
    """When something was written: never in the future, nor before there were ids (`models/ids.py`)."""
    return min(claimed if claimed >= EPOCH else received_at, now)


def _happening(happening: types.Happening | None) -> str:
    """When and where, in a form that needs no translation."""
    if happening is None:
        return ""
    said = [_moments(happening.starts_at, happening.ends_at), happening.place]
    text = " · ".join(part for part in said if part)
    return sanitise(f"<p>{escape(text, quote=False)}</p>") if text else ""


def _moments(start: datetime | None, end: datetime | None) -> str | None:
    if start is None:
        return None
    begins = f"{start:%Y-%m-%d %H:%M}"
    if end is None or end <= start:
        return f"{begins} UTC"
    return f"{begins} – {end:%H:%M} UTC" if end.date() == start.date() else f"{begins} – {end:%Y-%m-%d %H:%M} UTC"
