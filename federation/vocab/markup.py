"""HTML of strangers, made fit to be shown; HTML to text; Markdown to HTML.

Everything received passes `sanitise` on its way in (R10, T105). The elements, attributes and classes that remain are
those client apps expect (spec/mastodon-api.md, section 8). Cleaning is repeated until nothing changes, because a
parser's repair of broken markup can make new markup; so a second pass over the result never finds anything.
"""

import re
from functools import cache
from html import escape, unescape
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import nh3

from federation.vocab.shapes import plain_line
from federation.vocab.typed_text import MAX_URL_CHARACTERS, from_text, short_address

MAX_MARKUP_CHARACTERS = 256 * 1024
MAX_TAGS = 4_000
"""What follows is cut off: the parser's time grows with the square of the depth of nesting (T095)."""
MAX_ENTITIES = 20_000
MAX_SOURCE_CHARACTERS = 50_000
MAX_MARKDOWN_MARKS = 5_000
"""A text with more characters that mean something to Markdown is taken as it is: each costs the parser 20 µs (T095)."""
MAX_TITLE_CHARACTERS = 120

_ELEMENTS = frozenset(
    ["p", "br", "span", "a", "del", "s", "pre", "code", "em", "strong", "b", "i", "u", "ul", "ol", "li", "blockquote"]
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "header",
        "main",
        "section",
        "summary",
        "tr",
    ]
)
_TABLE = frozenset(["table", "thead", "tbody", "tfoot"])
_WITHOUT_CONTENT = {
    "script",
    "style",
    "template",
    "svg",
    "math",
    "iframe",
    "noscript",
    "noembed",
    "noframes",
    "object",
    "title",
    "textarea",
}
_ATTRIBUTES = {
    # Without this, nh3 lets `lang` and `title` pass on every element.
    "*": set[str](),
    "a": {"href", "class"},
    "span": {"class"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
_UNTRANSLATED = {"a": {"translate": {"no"}}, "span": {"translate": {"no"}}}
_SCHEMES = {"http", "https", "mailto"}

# What would run words together if its tags were just taken away, as something that is allowed.
_CONVERSIONS = {
    **dict.fromkeys(_HEADINGS, ("<p><strong>", "</strong></p>")),
    **dict.fromkeys(_BLOCKS, ("<p>", "</p>")),
    **dict.fromkeys(_TABLE, ("", "")),
    **dict.fromkeys(("td", "th"), ("", " ")),
    "hr": ("<br>", ""),
}
# Honest documents are clean after one or two.
_MAX_PASSES = 6

_CONVERTED = re.compile(f"<(/?)({'|'.join(_CONVERSIONS)})>")
_CLASS = re.compile(r"(?:h|p|u|dt|e)-[a-z0-9-]{1,32}|mention|hashtag")
_NUMBER = re.compile(r"-?\d{1,9}")
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:<strong></strong>)?</p>")
_FIRST_LINE_BREAKS = re.compile(r"<pre>\n+")
_LINK = re.compile(r'<a((?: [a-z]+="[^"]*")*)>(.*?)</a>', re.DOTALL)
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_HIDING = re.compile(r' class="(?:invisible|ellipsis)"')
_HIDDEN = re.compile(r'<span class="invisible"[^>]*>[^<]*</span>')
_MARKDOWN_MARK = re.compile(r"[\[\]()*_`~<&\\]")
_TAG = re.compile(r"<[^>]*>")
_LINE_END = re.compile(r"<br>|<hr>|</(?:p|li|pre|blockquote|h[1-6]|address|article|d[dt]|div|section|summary|tr)>")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_WEB_HOST = re.compile(r"https?://([^\s/?#]+)|\b(www\.[^\s/?#]+)", re.IGNORECASE)
_BARE_HOST = re.compile(r"((?:[\w-]++\.)+[^\W\d_]{2,})\.?(?::\d+)?(?:[/?#]\S*)?")


def sanitise(html: str) -> str:
    """The part of a stranger's HTML that may be shown; a second pass changes nothing (T105).

    Links get `rel` and `target`, except mentions and hashtags; headings and blocks become paragraphs; a link that
    claims to lead elsewhere shows its real host, and nothing but the ends of a link's own address is hidden (T107).
    Markup over 4,000 tags or 256 Ki characters is cut, and what cannot be mended becomes plain text.
    """
    cleaned = _finish(_convert(_wide.clean(_bounded(html))))
    for _ in range(_MAX_PASSES):
        if _bounded(cleaned) != cleaned:
            break
        again = _finish(_strict.clean(cleaned))
        if again == cleaned:
            return cleaned
        cleaned = again
    return _as_one_paragraph(cleaned)


def plain_text(html: str) -> str:
    """The text of any HTML, sanitised or not, for titles, notifications, search; a line for each block, none empty."""
    broken = _LINE_END.sub("\n", _wide.clean(_bounded(html)))
    text = _DIRECTION.sub("", unescape(_TAG.sub("", broken.replace("</td>", " ").replace("</th>", " "))))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def title_of(text: str, group_handle: str, limit: int = MAX_TITLE_CHARACTERS) -> str:
    """Title for a post without one: the first line of its plain text without the mention of the group; empty if none.

    `group_handle` is `name` or `name@host`; the latter removes either form of mention. At most `limit` characters, cut
    between words where possible (product J5; spec/group-federation.md 6.1).
    """
    name, _, host = group_handle.lstrip("@!").partition("@")
    at_host = f"(?:@{re.escape(host)})?" if host else ""
    mention = re.compile(rf"(?<![\w@!.])[@!]{re.escape(name)}{at_host}(?![\w@]|[.-]\w)", re.IGNORECASE)
    for line in text.splitlines():
        title = plain_line(mention.sub(" ", line), len(line)).lstrip(" :,;–—-")
        if title:
            return _shorten(" ".join(title.split()), limit)
    return ""


def markdown(source: str) -> str:
    """Sanitised HTML of CommonMark with strike-through, cut at 50,000 characters. HTML in it stays text, an image
    is a link.
    """
    source = source[:MAX_SOURCE_CHARACTERS]
    if len(_MARKDOWN_MARK.findall(source)) > MAX_MARKDOWN_MARKS:
        return sanitise(from_text(source, {}, None))
    return sanitise(_markdown().render(source))


def as_html(content: str, media_type: str) -> str:
    """Sanitised HTML of a post's content in the media type its server gives: Markdown, plain text, else HTML."""
    match media_type.partition(";")[0].strip().lower():
        case "text/markdown":
            return markdown(content)
        case "text/plain":
            return sanitise(from_text(content, {}, None))
        case _:
            return sanitise(content)


def _attribute(element: str, name: str, value: str) -> str | None:
    """What nh3 keeps of an attribute; None to drop it."""
    if name == "class":
        classes = value.split()
        if element == "p":
            return "quote-inline" if "quote-inline" in classes else None
        if element == "span":
            # Alone, so that `_HIDING` can find it.
            for hiding in ("invisible", "ellipsis"):
                if hiding in classes:
                    return hiding
        return " ".join(name for name in classes if _CLASS.fullmatch(name)) or None
    if name in ("start", "value"):
        return value if _NUMBER.fullmatch(value) else None
    return "" if name == "reversed" else value


def _cleaner(elements: frozenset[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(elements),
        clean_content_tags=_WITHOUT_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        tag_attribute_values=_UNTRANSLATED,
        link_rel=None,
        url_schemes=_SCHEMES,
        url_relative="deny",
    )


_strict = _cleaner(_ELEMENTS)
_wide = _cleaner(_ELEMENTS | _CONVERSIONS.keys())


@cache
def _markdown() -> Any:
    """The parser, whose library is loaded with the first text in Markdown: few peers send any."""
    parser = import_module("markdown_it").MarkdownIt("commonmark", {"html": False})
    return parser.enable("strikethrough").disable("image")


def _bounded(html: str) -> str:
    html = html[:MAX_MARKUP_CHARACTERS]
    for mark, limit in (("<", MAX_TAGS), ("&", MAX_ENTITIES)):
        if html.count(mark) > limit:
            html = mark.join(html.split(mark, limit + 1)[: limit + 1])
    # Half of a surrogate pair cannot come out of `decode`, but nh3 takes only what is UTF-8.
    return html if html.isascii() else html.encode("utf-8", "replace").decode("utf-8")


def _convert(html: str) -> str:
    return _CONVERTED.sub(lambda tag: _CONVERSIONS[tag[2]][1 if tag[1] else 0], html)


def _finish(html: str) -> str:
    """What nh3 cannot do: directions, empty paragraphs, and links. Takes its output, where attributes are regular."""
    if not html.isascii():
        html = _DIRECTION.sub("", html)
    # A parser drops the first line break of `pre` each time.
    html = _FIRST_LINE_BREAKS.sub("<pre>", _EMPTY_PARAGRAPH.sub("", html))
    parts = []
    done = 0
    for link in _LINK.finditer(html):
        parts += [_HIDING.sub("", html[done : link.start()]), _finish_link(link)]
        done = link.end()
    return "".join([*parts, _HIDING.sub("", html[done:])])


def _finish_link(link: re.Match[str]) -> str:
    attributes: dict[str, str] = dict(_ATTRIBUTE.findall(link[1]))
    href, inner = unescape(attributes.get("href", "")), link[2]
    host = _host_of(href)
    if not host:
        return _HIDING.sub("", inner)
    is_own_address = _text_of(inner) == href
    if _HIDING.search(inner):
        inner = short_address(href) if is_own_address else _HIDING.sub("", inner)
    # An own address is judged whole: where it is cut, a host in its path may seem to be another.
    if _is_disguised(href if is_own_address else _text_of(_HIDDEN.sub("", inner)), href, host):
        inner += f" ({escape(host, quote=False)})"
    classes = attributes.get("class", "")
    kept = f' href="{attributes["href"]}"' + (f' class="{classes}"' if classes else "")
    if "hashtag" in classes.split():
        kept += ' rel="tag"'
    elif "mention" not in classes.split():
        kept += ' target="_blank" rel="nofollow noopener"'
    if "translate" in attributes:
        kept += ' translate="no"'
    return f"<a{kept}>{inner}</a>"


def _text_of(html: str) -> str:
    return unescape(_TAG.sub("", html))


def _host_of(href: str) -> str | None:
    """Host of a web or mail address; None for what browsers and Python's parser might read differently."""
    if len(href) > MAX_URL_CHARACTERS or not href.isprintable() or " " in href or "\\" in href:
        return None
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    return parts.path.rpartition("@")[2].lower() or None if parts.scheme == "mailto" else parts.hostname


def _is_disguised(text: str, href: str, host: str) -> bool:
    """Whether the text of a link names another host than it leads to, or its address has a name before the host."""
    text = " ".join(_ZERO_WIDTH.sub("", text).split())
    if text.endswith(f"({host})"):
        return False
    named = [after_scheme or after_www for after_scheme, after_www in _WEB_HOST.findall(text)]
    bare = _BARE_HOST.fullmatch(text)
    if bare:
        named.append(bare[1])
    is_deceptive = "@" in urlsplit(href).netloc
    return is_deceptive or any(_comparable(name) != _comparable(host) for name in named)


def _comparable(host: str) -> str:
    name = host.rpartition("@")[2].lower().rstrip(".,;:!?'\")]}")
    return re.sub(r":\d+$", "", name).rstrip(".").removeprefix("www.")


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    words = text[:limit].rpartition(" ")[0]
    return (words if len(words) > limit // 2 else text[: limit - 1]).rstrip() + "…"


def _as_one_paragraph(html: str) -> str:
    """The text alone, short enough to be within the bounds also when every character of it is escaped."""
    lines = plain_text(html)[:MAX_ENTITIES].split("\n")[: MAX_TAGS // 2]
    text = "<br>".join(escape(line, quote=False) for line in lines)
    return f"<p>{text}</p>" if text else ""
