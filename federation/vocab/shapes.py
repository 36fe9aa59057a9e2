"""The shapes in which peers write one value, each read to one: id or embedded object, string or list, null or nothing.

Contexts are never fetched or interpreted (T090): a name means what ActivityStreams says it means. Junk in an optional
place is read as absent; two answers to a question that allows one are `Malformed` (T052).
"""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import TypeGuard

from federation.errors import Malformed
from federation.vocab.audience import PUBLIC, PUBLIC_SPELLINGS
from federation.vocab.context import LABEL
from federation.vocab.types import Document, Emoji
from models.communities import LABELS

MAX_ID_CHARACTERS = 2048
MAX_TYPE_CHARACTERS = 100
MAX_RECIPIENTS = 200
MAX_COUNT = 2**31 - 1
MAX_TAGS = 100

# A date outside of these is a mistake, or meant to overflow somebody's arithmetic.
_EARLIEST_YEAR = 1900
_LATEST_YEAR = 2999
_MAX_DATE_CHARACTERS = 40
_MAX_SHORTCODE_CHARACTERS = 200
_CONTEXT_ENTRIES = 20

_RECIPIENT_NAMES = ("to", "cc", "bto", "bcc", "audience")
# Controls, bidi marks, embeddings, overrides and isolates, zero-width space, byte order mark. Joiners stay: emoji and
# Persian need them.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_MAX_LANGUAGES = 200
MAX_LANGUAGE_CHARACTERS = 20
"""The width of the columns; longer tags are legal, and nobody's language."""
# The part of BCP 47 that every client decodes: no single letters, as in `x-private`.
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{2,8}){0,4})")
# What a context would have to say about these names to change what a JSON-LD reader, but not we, take a document to
# mean.
_MEANINGS = {
    "id": "@id",
    "type": "@type",
    "actor": "as:actor",
    "object": "as:object",
    "target": "as:target",
    "attributedTo": "as:attributedTo",
    "to": "as:to",
    "cc": "as:cc",
    "audience": "as:audience",
}
_NAMESPACE = "https://www.w3.org/ns/activitystreams#"
_SPELLED_OUT = {prefix + name for name in _MEANINGS for prefix in ("as:", _NAMESPACE)}
# What a context must not call by another name.
_MEANT = {"@id", "@type", *_SPELLED_OUT}


def type_of(document: Document) -> str:
    """The one type of a document; a list counts if it has one entry. Raises `Malformed` without or with several
    (T052).
    """
    kind = document.get("type")
    if isinstance(kind, list) and len(kind) == 1:
        kind = kind[0]
    if not isinstance(kind, str) or not kind:
        raise Malformed("document has no type, or several", reason="malformed")
    if len(kind) > MAX_TYPE_CHARACTERS or not kind.isprintable():
        raise Malformed("type is not a name", reason="malformed", characters=len(kind))
    return kind


def is_one_of(value: object, kinds: Collection[str]) -> TypeGuard[Document]:
    """An embedded thing with one of these types, alone or in a list of one; whatever else stands there is none."""
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, list) and len(kind) == 1:
        kind = kind[0]
    return isinstance(kind, str) and kind in kinds


def label_of(document: Document) -> int:
    """The label that a post or a group bears; one that we do not know counts as the highest, none as the lowest."""
    word = document.get(LABEL)
    if word is None:
        return 0
    return LABELS.index(word) if word in LABELS else len(LABELS) - 1


def refuse_other_meanings(document: Document) -> None:
    """Raise `Malformed` when JSON-LD would read another document than we do: `@id`, `@type`, our names spelled out, or
    a context that redefines them or gives them others (T052).
    """
    if not _MEANT.isdisjoint(document):
        raise Malformed("document has JSON-LD keywords or full names beside plain ones", reason="malformed")
    context = document.get("@context")
    for entry in context if isinstance(context, list) else (context,):
        if not isinstance(entry, dict):
            continue
        if any(_is_another_name(name, definition, document) for name, definition in entry.items()):
            raise Malformed("context has other names for those of ActivityStreams", reason="malformed")
        if not _MEANINGS.keys().isdisjoint(entry):
            for name, meaning in _MEANINGS.items():
                if name in entry and not _means(entry[name], meaning):
                    raise Malformed("context redefines a name of ActivityStreams", reason="malformed", name=name)


def _is_another_name(name: str, definition: object, document: Document) -> bool:
    """A context's definition by which something there, or in what is embedded, means what our names mean."""
    if isinstance(definition, dict):
        definition = definition.get("@id")
    if definition == _NAMESPACE and name not in ("as", "@vocab"):
        return any(_uses(document, f"{name}:{one}") for one in _MEANINGS)
    return isinstance(definition, str) and definition in _MEANT and name not in _MEANINGS and _uses(document, name)


def _uses(document: Document, name: str) -> bool:
    return name in document or any(isinstance(value, dict) and name in value for value in document.values())


def _means(definition: object, meaning: str) -> bool:
    if isinstance(definition, dict):
        definition = definition.get("@id")
    return definition in (meaning, meaning.replace("as:", "https://www.w3.org/ns/activitystreams#"))


def is_id(value: str) -> bool:
    """Whether a string can be an id at all: bounded, without spaces, control and direction characters. Says nothing
    about its origin.
    """
    if not (0 < len(value) <= MAX_ID_CHARACTERS and value.isprintable() and " " not in value):
        return False
    # An index holds bytes.
    return value.isascii() or len(value.encode()) <= MAX_ID_CHARACTERS


def own_id(document: Document) -> str:
    """The `id` of a document, which must be a string; empty when absent or null."""
    value = document.get("id")
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not is_id(value):
        raise Malformed("id is not a usable string", reason="malformed")
    return value


def identity(document: Document) -> tuple[str, str]:
    """Id and type of an object that must have both, and one of each. Raises `Malformed` otherwise (T052)."""
    refuse_other_meanings(document)
    kind = type_of(document)
    uri = own_id(document)
    if not uri:
        raise Malformed("object has no id", reason="malformed", type=kind)
    return uri, kind


def one_id(value: object, name: str) -> str:
    """The id in a value that may name one thing: a string, an object with an id, or a list of one of these; empty when
    there is none.

    Raises `Malformed` for several, and for a string that cannot be an id; `name` is the property, for the message.
    """
    if isinstance(value, list):
        if len(value) > 1:
            raise Malformed(f"{name} names several things", reason="malformed", entries=len(value))
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("id")
    if not isinstance(value, str) or not value:
        return ""
    if not is_id(value):
        raise Malformed(f"{name} is not a usable id", reason="malformed", characters=len(value))
    return value


def optional_id(value: object) -> str | None:
    """Like `one_id` where nothing depends on it: None for absence, and for anything that is not one usable id."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) and is_id(value) else None


def ids(value: object, limit: int) -> tuple[str, ...]:
    """All usable ids in a string, object or list, in order, the first `limit`; Public in its canonical spelling
    (T048).
    """
    if not value:
        return ()
    found = []
    for entry in value[:limit] if isinstance(value, list) else (value,):
        uri = entry.get("id") if isinstance(entry, dict) else entry
        if isinstance(uri, str) and is_id(uri):
            found.append(PUBLIC if uri in PUBLIC_SPELLINGS else uri)
    return tuple(found)


def recipients(document: Document) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """`to`, `cc` and `audience`. Raises `Malformed` for more than 200 of all kinds together (T093): cutting could
    drop Public.
    """
    total = 0
    for name in _RECIPIENT_NAMES:
        value = document.get(name)
        total += len(value) if isinstance(value, list) else 1 if value else 0
    if total > MAX_RECIPIENTS:
        raise Malformed("too many recipients", reason="malformed", recipients=total, limit=MAX_RECIPIENTS)
    return (
        ids(document.get("to"), MAX_RECIPIENTS),
        ids(document.get("cc"), MAX_RECIPIENTS),
        ids(document.get("audience"), MAX_RECIPIENTS),
    )


def objects(value: object, limit: int) -> list[Document]:
    """The embedded objects in an object or a list, in order, out of its first `limit` entries."""
    if isinstance(value, list):
        return [entry for entry in value[:limit] if isinstance(entry, dict)]
    return [value] if isinstance(value, dict) else []


def markup_of(document: Document, name: str, limit: int) -> str | None:
    """Text that may be HTML, as sent, cut at `limit` characters: `name`, else the first language of its map
    (`contentMap`).
    """
    value = document.get(name)
    if isinstance(value, str):
        return value[:limit]
    languages = document.get(name + "Map")
    for text in languages.values() if isinstance(languages, dict) else ():
        if isinstance(text, str):
            return text[:limit]
    return None


def line_of(document: Document, name: str, limit: int) -> str | None:
    """One line of plain text (`plain_line`) under `name` or in its language map; None when absent or blank."""
    text = markup_of(document, name, 4 * limit)
    return plain_line(text, limit) or None if text else None


def plain_line(text: str, limit: int) -> str:
    """Text without line breaks, control characters and direction overrides (T063), trimmed and cut at `limit`
    characters.
    """
    if not text.isprintable():
        text = _INVISIBLE.sub("", " ".join(text.split()))
    return text.strip()[:limit].rstrip()


def date(value: object) -> datetime | None:
    """A time in any ISO 8601 form, in UTC (also if it names no zone); None for anything else and outside of the
    years 1900 to 2999.
    """
    if not isinstance(value, str) or len(value) > _MAX_DATE_CHARACTERS:
        return None
    try:
        moment = datetime.fromisoformat(value.strip().upper())
    except ValueError:
        return None
    if not _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
        return None
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def count(value: object) -> int | None:
    """A number of things: an integer, or one written as a string; None when absent, negative or absurd
    (spec/group-federation.md 14).
    """
    if isinstance(value, str) and len(value) <= 10 and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def language_codes(value: object) -> tuple[str, ...]:
    """Each of the languages of a list as `language_code` reads them, once; what is no list is a list of one."""
    entries = value[:_MAX_LANGUAGES] if isinstance(value, list) else [value]
    codes = (language_code(entry) for entry in entries)
    return tuple(dict.fromkeys(code for code in codes if code and len(code) <= MAX_LANGUAGE_CHARACTERS))


def language_code(value: object) -> str | None:
    """A language tag (BCP 47) given as a string, Lemmy's `{identifier}` or a list of either; None for `und` and
    junk.
    """
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("identifier")
    if isinstance(value, str) and value != "und" and (tag := _LANGUAGE.fullmatch(value)):
        return tag[1].lower() + tag[2]
    return None


def web_address(value: object, media_type: str = "") -> str | None:
    """The first http or https address in a string, Link, Image or list of these; one of `media_type` goes before
    the others.
    """
    best = None
    for entry in _first_entries(value):
        url = entry.get("href") or entry.get("url") if isinstance(entry, dict) else entry
        if isinstance(url, dict):
            url = url.get("href")
        if isinstance(url, list):
            url = url[0] if url else None
        if not isinstance(url, str) or not is_web_address(url):
            continue
        if isinstance(entry, dict) and media_type and entry.get("mediaType") == media_type:
            return url
        best = best or url
    return best


def emojis(tags: list[Document]) -> tuple[Emoji, ...]:
    """The custom emojis among tags."""
    found = []
    for tag in tags:
        if tag.get("type") == "Emoji":
            name, url = line_of(tag, "name", _MAX_SHORTCODE_CHARACTERS), web_address(tag.get("icon"))
            if name and url and (shortcode := name.strip(":")):
                found.append(Emoji(shortcode, url))
    return tuple(found)


def context_language(document: Document) -> str | None:
    """The language that the `@context` gives to all texts of the document."""
    context = document.get("@context")
    for entry in context[:_CONTEXT_ENTRIES] if isinstance(context, list) else (context,):
        if isinstance(entry, dict) and (code := language_code(entry.get("@language"))):
            return code
    return None


def is_web_address(value: str) -> bool:
    """Whether a usable id is an absolute http or https address."""
    return value[:8].lower().startswith(("https://", "http://")) and is_id(value)


def _first_entries(value: object) -> Iterable[object]:
    # PeerTube lists a file per resolution; no list of addresses of one thing is longer for a good reason.
    return value[:50] if isinstance(value, list) else (value,)
