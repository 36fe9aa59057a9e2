"""What people type in an app, to HTML: paragraphs, links, mentions, hashtags; and what they name in it.

The HTML has the forms that client apps look for (spec/mastodon-api.md, section 8). One regular expression finds all
three kinds of names, without backtracking, so that time grows with the length of the text only (T095). Who is
mentioned, and whether they exist, is found out by the caller: a handle that is not among `mentions` stays text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from urllib.parse import quote, urlsplit

from msgspec import Struct

MAX_URL_CHARACTERS = 2048
MAX_HASHTAG_CHARACTERS = 100
SHOWN_URL_CHARACTERS = 30
"""How much of a link's address is seen; the rest is there for those who copy it."""

# Begins with the characters that a name can begin with: anything before them, even a look behind, would be tried at
# every character of every text. So what stands before that character is looked at once it is found.
# A host has a port only where the server is tried on one's own machine: a number after another is the sentence's.
_NAMES = re.compile(
    r"""
    [hH@!\#]
    (?: (?<=[hH]) (?<!\w[hH]) (?P<url> (?i:ttps?://) [^\s<>"`\\]+ )
      | (?<=[@!]) (?<![\w/@!\#&.-][@!])
        (?P<name> (?i: (?>[a-z0-9_]++(?:[.-]++[a-z0-9_]++)*+) ) )
        (?: @(?P<host> (?i:localhost) :[0-9]{1,5}+ (?!\w) | [\w-]++(?:\.[\w-]++)++ ) | (?![@\w]) )
      | (?<=\#) (?<![\w/@!\#&.-]\#) (?P<tag> \w++ ) )
    """,
    re.VERBOSE,
)
# Controls but tab and line feed; embeddings, overrides and isolates of direction, which disguise addresses (T107).
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SCHEME_AND_WWW = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_SENTENCE_ENDS = frozenset(".,;:!?'*_~…’”»")
_AFTER_HOST = re.compile(r"[/?#]")
_CLOSING = {")": "(", "]": "[", "}": "{"}


class MentionLink(Struct, frozen=True):
    """Whom a handle in a text means: `url` of the profile (equal to the one in the API's `mentions`), `name`
    without host.
    """

    url: str
    name: str


def from_text(text: str, mentions: Mapping[str, MentionLink], tag_url: Callable[[str], str] | None) -> str:
    """HTML of plain text. A blank line parts paragraphs, a line break is `<br>`; empty for blank text.

    `mentions` is keyed as `find_mentions` gives handles. `tag_url` makes the absolute address of a hashtag from its
    name in lower case; None leaves hashtags as text. Sanitising the result changes nothing but `&quot;` in its text.
    """
    paragraphs: list[list[str]] = [[]]
    for line in _unify(text).split("\n"):
        if line.strip():
            paragraphs[-1].append(_render(line.strip(), lambda match: _name(match, mentions, tag_url)))
        elif paragraphs[-1]:
            paragraphs.append([])
    return "".join(f"<p>{'<br>'.join(lines)}</p>" for lines in paragraphs if lines)


def title_html(title: str, mentions: Mapping[str, MentionLink], tag_url: Callable[[str], str]) -> str:
    """HTML of one line in which addresses stay text, and the rest is as in `from_text`."""
    return _render(title, lambda match: _person_or_tag(match, mentions, tag_url))


def hashtag_url(base_url: str, name: str) -> str:
    """Where a hashtag leads on the server of `base_url`: the same in every text and document, in the characters of
    RFC 3986, which some apps insist on.
    """
    return f"{base_url}/tags/{quote(name)}"


def links_by_handle(people: Iterable[tuple[str, str, str]], home: str) -> dict[str, MentionLink]:
    """People, given by name, host and profile, by the handles that can mean them where somebody of `home` writes:
    a handle without a host means somebody there.
    """
    links: dict[str, MentionLink] = {}
    for name, host, url in people:
        links[f"{name}@{host}".lower()] = link = MentionLink(url, name)
        if host == home:
            links[name.lower()] = link
    return links


def find_mentions(text: str) -> list[str]:
    """Handles mentioned as `@name`, `@name@host` or `!name`, each once, in order: `name` or `name@host`, in lower
    case.
    """
    return list(dict.fromkeys(handle for match in _NAMES.finditer(_unify(text)) if (handle := _handle(match))))


def find_hashtags(text: str) -> list[str]:
    """Names of hashtags, each once, in order, in lower case, without `#`."""
    return list(dict.fromkeys(tag.lower() for match in _NAMES.finditer(_unify(text)) if (tag := _hashtag(match))))


def find_addresses(text: str) -> list[str]:
    """Web addresses that can be linked, each once, in order."""
    found = (address(match[0]) for match in _NAMES.finditer(_unify(text)) if match["url"])
    return list(dict.fromkeys(url for url in found if url))


def link(url: str) -> str:
    """A link to a usable http or https address, as people see it in a post."""
    return f'<a href="{_escape(url)}" target="_blank" rel="nofollow noopener" translate="no">{short_address(url)}</a>'


def short_address(url: str) -> str:
    """HTML that shows an http or https address in short: scheme and end hidden, but the host always seen whole
    (T107).
    """
    prefix = _SCHEME_AND_WWW.match(url)
    if prefix is None:
        return escape(url, quote=False)
    rest = url[prefix.end() :]
    shown, hidden = rest[:SHOWN_URL_CHARACTERS], rest[SHOWN_URL_CHARACTERS:]
    if hidden and not _AFTER_HOST.search(shown):
        return escape(url, quote=False)
    css_class = ' class="ellipsis"' if hidden else ""
    return f"{_invisible(prefix[0])}<span{css_class}>{escape(shown, quote=False)}</span>{_invisible(hidden)}"


def address(text: str) -> str | None:
    """The web address that starts a text, without the punctuation of the sentence it ends; None if none can be
    linked.
    """
    if len(text) > MAX_URL_CHARACTERS or not text.isprintable():
        return None
    surplus = {closing: text.count(closing) - text.count(opening) for closing, opening in _CLOSING.items()}
    end = len(text)
    while end:
        last = text[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _SENTENCE_ENDS:
            break
        end -= 1
    try:
        parts = urlsplit(text[:end])
    except ValueError:
        return None
    # A name before the host is only there to deceive (T107).
    return text[:end] if parts.hostname and "@" not in parts.netloc else None


def _unify(text: str) -> str:
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _render(line: str, linked: Callable[[re.Match[str]], tuple[str, int]]) -> str:
    """`linked`: HTML of what was named, and how much of the text it stands for; empty if it is to stay text."""
    parts = []
    done = 0
    for match in _NAMES.finditer(line):
        html, length = linked(match)
        if html:
            parts += [_escape(line[done : match.start()]), html]
            done = match.start() + length
    return "".join([*parts, _escape(line[done:])])


def _name(
    match: re.Match[str], mentions: Mapping[str, MentionLink], tag_url: Callable[[str], str] | None
) -> tuple[str, int]:
    if match["url"]:
        url = address(match[0])
        return (link(url), len(url)) if url else ("", 0)
    return _person_or_tag(match, mentions, tag_url)


def _person_or_tag(
    match: re.Match[str], mentions: Mapping[str, MentionLink], tag_url: Callable[[str], str] | None
) -> tuple[str, int]:
    mention = mentions.get(_handle(match))
    if mention:
        profile, name = _escape(mention.url), _escape(mention.name)
        anchor = f'<a href="{profile}" class="u-url mention">@<span>{name}</span></a>'
        return f'<span class="h-card" translate="no">{anchor}</span>', len(match[0])
    tag = _hashtag(match)
    if tag and tag_url:
        href = _escape(tag_url(tag.lower()))
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>', len(match[0])
    return "", 0


def _handle(match: re.Match[str]) -> str:
    """`name` or `name@host` in lower case; empty if the match is no mention, or its host an IP address (T075)."""
    name, host = match["name"], match["host"]
    if not name or (host and host.rpartition(".")[2].isdigit()):
        return ""
    return f"{name}@{host}".lower() if host else name.lower()


def _hashtag(match: re.Match[str]) -> str:
    tag = match["tag"] or ""
    return tag if len(tag) <= MAX_HASHTAG_CHARACTERS and any(character.isalpha() for character in tag) else ""


def _invisible(text: str) -> str:
    return f'<span class="invisible">{escape(text, quote=False)}</span>'


def _escape(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;")
