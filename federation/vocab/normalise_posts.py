"""Posts of every type and software to `Post`, and votes, polls, tags and files with them.

A post names one author (T029); it is a reply if it has a parent, whatever its type. Lists and texts are cut at the
limits of spec/threats.md 2.2; a poll with too many answers is refused, since votes for the answers cut off would be
lost.
"""

import re

from federation.errors import Malformed
from federation.vocab import shapes
from federation.vocab.normalise_actors import markdown_source
from federation.vocab.types import Attachment, Document, Happening, Mention, Poll, PollOption, Post

POST_TYPES = frozenset({"Note", "Page", "Article", "Question", "Event", "Video", "Audio", "Image", "ChatMessage"})

MAX_TITLE_CHARACTERS = 200
MAX_SOURCE_CHARACTERS = 50_000
# Markup may be several times as long as the text in it.
MAX_CONTENT_CHARACTERS = 200_000
MAX_SUMMARY_CHARACTERS = 5_000
MAX_ALT_CHARACTERS = 1_500
MAX_MEDIA_TYPE_CHARACTERS = 100
MAX_MENTIONS = 50
MAX_ATTACHMENTS = 16
MAX_POLL_OPTIONS = 20
MAX_LISTED_REPLIES = 40
MAX_PLACE_CHARACTERS = 500

_AUTHORS_AND_GROUPS = 10
_QUOTE_NAMES = ("quote", "quoteUrl", "quoteUri", "quoteURL", "_misskey_quote")
_OBJECT_TYPE = re.compile(r"application/(?:activity\+json|ld\+json;.*activitystreams)")
_ADDRESS_PARTS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")


def post(document: Document) -> Post:
    """The post a document is. Raises `Malformed` without one id, one type and one author, and with two parents."""
    (uri, kind), tags = shapes.identity(document), shapes.objects(document.get("tag"), shapes.MAX_TAGS)
    (author, groups), (to, cc, audience) = _author_and_groups(document), shapes.recipients(document)
    replies, parent = document.get("replies"), shapes.one_id(document.get("inReplyTo"), "inReplyTo") or None
    name = shapes.line_of(document, "name", MAX_TITLE_CHARACTERS)
    content = shapes.markup_of(document, "content", MAX_CONTENT_CHARACTERS) or ""
    return Post(
        id=uri,
        kind=kind,
        attributed_to=author,
        groups=groups,
        in_reply_to=parent,
        context=shapes.optional_id(document.get("context")) or shapes.optional_id(document.get("conversation")),
        replies=None if isinstance(replies, list) else shapes.optional_id(replies),
        listed_replies=_listed_replies(replies),
        name=name,
        content=content,
        media_type=_media_type(document),
        source=markdown_source(document, MAX_SOURCE_CHARACTERS),
        summary=shapes.markup_of(document, "summary", MAX_SUMMARY_CHARACTERS) or None,
        sensitive=document.get("sensitive") is True,
        label=shapes.label_of(document),
        language=_language(document, content),
        published=(published := shapes.date(document.get("published"))),
        updated=shapes.date(document.get("updated")),
        url=shapes.web_address(document.get("url"), "text/html"),
        to=to,
        cc=cc,
        audience=audience,
        mentions=_mentions(tags),
        hashtags=_hashtags(tags),
        emojis=shapes.emojis(tags),
        attachments=_attachments(document),
        quote=_quote(document, tags),
        poll=_poll(document) if kind == "Question" else None,
        happening=_happening(document) if kind == "Event" else None,
        accepted_answer=_accepted(document),
        is_vote=kind == "Note" and name is not None and parent is not None and not content and published is None,
    )


def _listed_replies(replies: object) -> tuple[str, ...]:
    """Ids of answers that are listed in the post itself, which may be embedded whole (spec/group-federation.md 14)."""
    found = shapes.ids(replies, MAX_LISTED_REPLIES) if isinstance(replies, list) else ()
    return tuple(uri for uri in found if shapes.is_web_address(uri))


def _accepted(document: Document) -> str | None:
    if "acceptedAnswer" not in document:
        return None
    return shapes.optional_id(document["acceptedAnswer"]) or ""


def _author_and_groups(document: Document) -> tuple[str, tuple[str, ...]]:
    """The one author, and the groups named as owners: in `attributedTo` (PeerTube) and in `target.attributedTo`
    (FEP-400e).
    """
    attributed = document.get("attributedTo")
    authors: list[str] = []
    groups: list[str] = []
    entries = attributed if isinstance(attributed, list) else [attributed]
    if len(entries) > _AUTHORS_AND_GROUPS:
        raise Malformed("attributedTo names too many", reason="malformed", entries=len(entries))
    for entry in entries:
        uri = shapes.one_id(entry, "attributedTo")
        if uri:
            is_group = isinstance(entry, dict) and entry.get("type") == "Group"
            (groups if is_group else authors).append(uri)
    # Notes fetched from Pleroma, and copies embedded by Lemmy, say it in `actor`.
    author = authors or [shapes.one_id(document.get("actor"), "actor")]
    if len(author) != 1 or not author[0]:
        raise Malformed("post has no author, or several", reason="malformed", authors=len(authors))
    target = document.get("target")
    if isinstance(target, dict) and (owner := shapes.optional_id(target.get("attributedTo"))):
        groups.append(owner)
    return author[0], tuple(groups)


def _media_type(document: Document) -> str:
    media_type = document.get("mediaType")
    return media_type[:MAX_MEDIA_TYPE_CHARACTERS] if isinstance(media_type, str) and media_type else "text/html"


def _language(document: Document, content: str) -> str | None:
    """Of the text that is shown: the entry of `contentMap` that says the same, else what is said of the whole."""
    languages = document.get("contentMap")
    if isinstance(languages, dict):
        for language, text in languages.items():
            code = shapes.language_code(language)
            if code and (len(languages) == 1 or (isinstance(text, str) and text[: len(content)] == content)):
                return code
    return shapes.language_code(document.get("language")) or shapes.context_language(document)


def _mentions(tags: list[Document]) -> tuple[Mention, ...]:
    mentions = [
        Mention(href, shapes.line_of(tag, "name", MAX_TITLE_CHARACTERS) or "")
        for tag in tags
        if tag.get("type") == "Mention" and (href := shapes.optional_id(tag.get("href")))
    ]
    return tuple(mentions[:MAX_MENTIONS])


def _hashtags(tags: list[Document]) -> tuple[str, ...]:
    names = [
        name.lstrip("#")
        for tag in tags
        if tag.get("type") == "Hashtag" and (name := shapes.line_of(tag, "name", MAX_TITLE_CHARACTERS))
    ]
    # One with a space (NodeBB) is nothing that anybody could follow or write.
    return tuple(
        dict.fromkeys(name for name in names if name and not any(sign.isspace() or sign == "#" for sign in name))
    )


def _quote(document: Document, tags: list[Document]) -> str | None:
    """The post quoted: under one of the names in use, else in a tag that links to an ActivityPub object (FEP-e232)."""
    for name in _QUOTE_NAMES:
        uri = shapes.optional_id(document.get(name))
        if uri and shapes.is_web_address(uri):
            return uri
    for tag in tags:
        media_type = tag.get("mediaType")
        if tag.get("type") == "Link" and isinstance(media_type, str) and _OBJECT_TYPE.match(media_type):
            return shapes.web_address(tag)
    return None


def _attachments(document: Document) -> tuple[Attachment, ...]:
    attachments = []
    for entry in shapes.objects(document.get("attachment"), MAX_ATTACHMENTS):
        kind, url = entry.get("type"), shapes.web_address(entry)
        if not isinstance(kind, str) or not url:
            continue
        media_type, blurhash = entry.get("mediaType"), entry.get("blurhash")
        attachments.append(
            Attachment(
                kind=kind[: shapes.MAX_TYPE_CHARACTERS],
                url=url,
                media_type=media_type[:MAX_MEDIA_TYPE_CHARACTERS] if isinstance(media_type, str) else None,
                # Some peers put the alternative text in `summary`.
                name=_alternative_text(entry, "name") or _alternative_text(entry, "summary"),
                blurhash=blurhash if isinstance(blurhash, str) and len(blurhash) <= 100 else None,
                width=shapes.count(entry.get("width")),
                height=shapes.count(entry.get("height")),
                focal_point=_focal_point(entry.get("focalPoint")),
            )
        )
    return tuple(attachments)


def _alternative_text(entry: Document, name: str) -> str | None:
    text = shapes.markup_of(entry, name, MAX_ALT_CHARACTERS)
    return text.strip() or None if text else None


def _focal_point(value: object) -> tuple[float, float] | None:
    """Two numbers from -1 to 1."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    x, y = value
    if isinstance(x, int | float) and isinstance(y, int | float) and -1 <= x <= 1 and -1 <= y <= 1:
        return float(x), float(y)
    return None


def _poll(document: Document) -> Poll:
    single, several = document.get("oneOf"), document.get("anyOf")
    if single and several:
        raise Malformed("poll is single and multiple choice", reason="malformed")
    entries = shapes.objects(single or several, MAX_POLL_OPTIONS + 1)
    if len(entries) > MAX_POLL_OPTIONS:
        raise Malformed("poll has too many answers", reason="malformed", limit=MAX_POLL_OPTIONS)
    options = []
    for entry in entries:
        replies = entry.get("replies")
        votes = shapes.count(replies.get("totalItems")) if isinstance(replies, dict) else None
        options.append(PollOption(shapes.line_of(entry, "name", MAX_TITLE_CHARACTERS) or "", votes or 0))
    closed = document.get("closed")
    closed_at = shapes.date(closed)
    return Poll(
        options=tuple(options),
        is_multiple=bool(several),
        ends_at=shapes.date(document.get("endTime")),
        closed_at=closed_at,
        is_closed=closed is True or closed_at is not None,
        voters=shapes.count(document.get("votersCount")),
    )


def _happening(document: Document) -> Happening:
    return Happening(
        starts_at=shapes.date(document.get("startTime")),
        ends_at=shapes.date(document.get("endTime")),
        place=_place(document.get("location")),
    )


def _place(value: object) -> str | None:
    """One line from a string, or from a Place with its name and postal address."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        return shapes.plain_line(value[: 4 * MAX_PLACE_CHARACTERS], MAX_PLACE_CHARACTERS) or None
    if not isinstance(value, dict):
        return None
    address = value.get("address")
    parts = [shapes.line_of(value, "name", MAX_PLACE_CHARACTERS), address if isinstance(address, str) else None]
    if isinstance(address, dict):
        parts += [shapes.line_of(address, part, MAX_PLACE_CHARACTERS) for part in _ADDRESS_PARTS]
    return shapes.plain_line(", ".join(part for part in parts if part), MAX_PLACE_CHARACTERS) or None
