"""Whatever others send, what is stored of it holds nothing but what apps may show; cleaning it again changes nothing.

The seeds are documents of other software, where they are at hand, and ours; the rest is made up around them.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import FederationError
from federation.inbox.content import Content, Setting, content_of
from federation.vocab import types
from federation.vocab.markup import sanitise
from federation.vocab.normalise_posts import POST_TYPES
from federation.vocab.normalise_posts import post as normalise_post
from federation.vocab.typed_text import MentionLink
from tests.federation.vocab.test_sanitise import ALLOWED, SOUP
from tests.federation.vocab.vectors import VECTORS
from tests.support.specification import WIRE

SETTING = Setting(
    base_url="http://alpha.test",
    titled_in="sites@alpha.test",
    mentions={
        uri: MentionLink("http://alpha.test/@alice", "alice") for uri in ("https://a.test/", "https://b.test/@b")
    },
)
ADDRESSES = st.sampled_from(
    [
        "https://a.test/",
        "https://a.test/x?y=1&z=%22",
        "https://a.test/'quoted\"",
        "https://user@a.test/",
        "https://[::1/",
        "HTTPS://A.TEST/b",
        "https://a.test/" + "long/" * 300,
        "https://xn--e1afmkfd.test/\u0430",
    ]
)
KINDS = st.sampled_from(["Link", "Image", "Document", "Video"])


class Markup(HTMLParser):
    """Elements with their attributes, as another parser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, set[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name for name, _ in attrs}))


def check(content: Content) -> None:
    """Nothing but what is allowed, and whole."""
    html = content.content_html
    parser = Markup()
    parser.feed(html)
    parser.close()
    for name, attributes in parser.found:
        assert attributes <= ALLOWED[name], html
    # Quotation marks may be written either way.
    assert sanitise(html).replace("&quot;", '"') == html.replace("&quot;", '"')
    json.dumps(content.details)


def posts_in(value: Any) -> Iterator[types.Post]:
    """Every post in a document, however deep."""
    if isinstance(value, dict):
        if str(value.get("type")) in POST_TYPES:
            with suppress(FederationError):
                yield normalise_post(value)
        value = list(value.values())
    for entry in value if isinstance(value, list) else []:
        yield from posts_in(entry)


def documents() -> list[Path]:
    """Ours, and those of other software where they are at hand."""
    return sorted([*VECTORS.rglob("*.json"), *(WIRE.rglob("*.json") if WIRE.is_dir() else [])])


@pytest.mark.parametrize("path", documents(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_other_software_sends_is_fit_to_be_shown(path: Path) -> None:
    """T105, T231."""
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return
    for post in posts_in(document):
        check(content_of(post, SETTING))


@settings(max_examples=400, deadline=None)
@given(
    content=SOUP,
    media_type=st.sampled_from(["text/html", "text/markdown", "text/plain"]),
    kind=st.sampled_from(sorted(POST_TYPES)),
    name=st.none() | st.text(max_size=20),
    attachments=st.lists(st.builds(dict, type=KINDS, url=ADDRESSES, name=st.text(max_size=9)), max_size=4),
    quote=st.none() | ADDRESSES,
    url=st.none() | ADDRESSES,
    place=st.none() | SOUP,
)
def test_anything_made_up_is_fit_to_be_shown(
    content: str,
    media_type: str,
    kind: str,
    name: str | None,
    attachments: list[dict[str, str]],
    quote: str | None,
    url: str | None,
    place: str | None,
) -> None:
    """T105, T107."""
    document: dict[str, object] = {
        "id": "https://a.test/1",
        "type": kind,
        "attributedTo": "https://a.test/b",
        "content": content,
        "mediaType": media_type,
        "name": name,
        "attachment": attachments,
        "quoteUrl": quote,
        "url": url,
        "startTime": "2027-01-01T10:00:00Z",
        "location": place,
        "tag": [{"type": "Hashtag", "name": "#x"}],
    }

    check(content_of(normalise_post(document), SETTING))


LINKS = st.sampled_from(
    [
        '<a href="https://a.test/">@someone</a>',
        '<a href="https://b.test/@b" class="mention">@<span>b</span></a>',
        '<a href="https://c.test/tags/x">#x</a>',
        '<a href="https://c.test/tags/x" class="hashtag" rel="tag">#<span>X</span></a>',
        '<a href="https://c.test/">@a <a href="https://c.test/tags/x">#x</a>',
        '<span class="h-card"><a href="https://a.test/">@a</span></a>',
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINKS | SOUP, max_size=6).map("".join))
def test_rewritten_mentions_and_hashtags_stay_what_is_allowed(content: str) -> None:
    """T105."""
    document: dict[str, object] = {
        "id": "https://a.test/1",
        "type": "Note",
        "attributedTo": "https://a.test/b",
        "content": content,
        "tag": [{"type": "Hashtag", "name": "#X"}],
    }

    check(content_of(normalise_post(document), SETTING))
