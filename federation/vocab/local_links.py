"""Mentions and hashtags in sanitised markup of others, in the form by which client apps know them.

An app finds whom a link means by its address, which must be the one in the `mentions` of the status, and a hashtag by
its text; otherwise it opens a browser (spec/mastodon-api.md, section 8).
"""

import re
from collections.abc import Callable, Collection, Mapping
from html import escape, unescape

from federation.vocab.typed_text import MentionLink

_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_HASHTAG = re.compile(r"[#\uff03](\w{1,100})")


def localise(
    html: str, mentions: Mapping[str, MentionLink], tags: Collection[str], tag_url: Callable[[str], str]
) -> str:
    """Links to people in `mentions` (by id or profile address) and to `tags`, rewritten; everything else as it is.

    Takes what `markup.sanitise` gives, and sanitising the result changes nothing. `tags` are folded to lower case.
    """
    if not mentions and not tags:
        return html

    def rewritten(found: re.Match[str]) -> str:
        text = unescape(_TAG.sub("", found[2])).strip()
        person = mentions.get(unescape(found[1])) if text.startswith("@") else None
        if person is not None:
            name = escape(person.name, quote=False)
            return f'<a href="{_in_attribute(person.url)}" class="u-url mention">@<span>{name}</span></a>'
        hashtag = _HASHTAG.fullmatch(text)
        if hashtag and hashtag[1].lower() in tags:
            address = _in_attribute(tag_url(hashtag[1].lower()))
            return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{hashtag[1]}</span></a>'
        return found[0]

    return _LINK.sub(rewritten, html)


def _in_attribute(url: str) -> str:
    # As the sanitiser writes it, which leaves apostrophes alone.
    return escape(url, quote=False).replace('"', "&quot;")
