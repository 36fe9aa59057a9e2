import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from federation.vocab.markup import plain_text, sanitise
from federation.vocab.typed_text import (
    MAX_HASHTAG_CHARACTERS,
    MAX_URL_CHARACTERS,
    MentionLink,
    find_hashtags,
    find_mentions,
    from_text,
)

MENTIONS = {
    "alice": MentionLink("https://home.test/@alice", "alice"),
    "bob@partner.test": MentionLink("https://partner.test/u/bob", "bob"),
    "plans": MentionLink("https://home.test/c/plans", "plans"),
}
PIECES = st.lists(
    st.sampled_from(
        ["@alice", "@bob@partner.test", "!plans", "#tag", "https://a.test/x", " ", "\n", "\n\n", ".", "<b>", "&"]
    )
    | st.text(max_size=8),
    max_size=12,
).map("".join)


def tag_url(name: str) -> str:
    return f"https://home.test/tags/{name}"


def html_of(text: str) -> str:
    return from_text(text, MENTIONS, tag_url)


def mention(url: str, name: str) -> str:
    return f'<span class="h-card" translate="no"><a href="{url}" class="u-url mention">@<span>{name}</span></a></span>'


def link(url: str, inner: str) -> str:
    return f'<a href="{url}" target="_blank" rel="nofollow noopener" translate="no">{inner}</a>'


def short(url: str) -> str:
    hidden, shown = '<span class="invisible">{}</span>', "<span>{}</span>"
    return link(url, hidden.format("https://") + shown.format(url.removeprefix("https://")) + hidden.format(""))


ALICE = mention("https://home.test/@alice", "alice")
BOB = mention("https://partner.test/u/bob", "bob")
PLANS = mention("https://home.test/c/plans", "plans")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n\n ", ""),
        ("one", "<p>one</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("one\r\ntwo\rthree", "<p>one<br>two<br>three</p>"),
        ("one\n\ntwo", "<p>one</p><p>two</p>"),
        ("\n\none\n \t\n\n\ntwo\n", "<p>one</p><p>two</p>"),
        ("  one  ", "<p>one</p>"),
        ("<b>&\"'", "<p>&lt;b&gt;&amp;&quot;'</p>"),
        ("a\u202eb\x00c\x1b", "<p>abc</p>"),
        (":blobcat:", "<p>:blobcat:</p>"),
    ],
)
def test_lines_and_paragraphs(text: str, html: str) -> None:
    assert html_of(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("@alice", ALICE),
        ("Hi @Alice!", f"Hi {ALICE}!"),
        ("(@alice, @bob@Partner.Test.)", f"({ALICE}, {BOB}.)"),
        ("!plans: why?", f"{PLANS}: why?"),
        ("@plans", PLANS),
        ("@bob", "@bob"),
        ("@alice@partner.test", "@alice@partner.test"),
        ("@unknown and @alice", f"@unknown and {ALICE}"),
        ("x@alice", "x@alice"),
        ("x!plans", "x!plans"),
        ("@@alice", "@@alice"),
        ("/@alice", "/@alice"),
        ("@alices", "@alices"),
        ("@aliceé", "@aliceé"),
        ("@alice@localhost", "@alice@localhost"),
        ("@alice@", "@alice@"),
        ("https://a.test/@alice", short("https://a.test/@alice")),
    ],
)
def test_mentions_are_links_to_profiles(text: str, html: str) -> None:
    assert html_of(text) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@Alice @bob@Partner.Test !plans @alice", ["alice", "bob@partner.test", "plans"]),
        ("@a.b-c_d. @e-", ["a.b-c_d", "e"]),
        ("!plans@groups.test", ["plans@groups.test"]),
        ("@x@bücher.test", ["x@bücher.test"]),
        ("alice@home.test", []),
        ("https://home.test/@alice http://a.test/?@b", []),
        ("@x@127.0.0.1:6379/?a=", []),
        ("@x@localhost", []),
        ("@x@localhost:8000: hello, @y@LocalHost:8001.", ["x@localhost:8000", "y@localhost:8001"]),
        ("@x@localhost:port @y@localhost:8000x", []),
        ("@x@host/path#", []),
        ("@x@user:pass@host.test", []),
        ("@a.b@host", []),
        ("# @ ! @! !@", []),
        ("", []),
    ],
)
def test_handles_are_found_in_order(text: str, handles: list[str]) -> None:
    """T075."""
    assert find_mentions(text) == handles


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#Question #réseau, #a_1 #question", ["question", "réseau", "a_1"]),
        ("#123 #_ # ## a#b &#x27; https://a.test/#c /#d", []),
        ("#1er", ["1er"]),
        ("#" + "a" * MAX_HASHTAG_CHARACTERS, ["a" * MAX_HASHTAG_CHARACTERS]),
        ("#" + "a" * (MAX_HASHTAG_CHARACTERS + 1), []),
    ],
)
def test_hashtags_are_found_in_order(text: str, names: list[str]) -> None:
    assert find_hashtags(text) == names


def test_hashtags_are_links_where_there_is_an_address_for_them() -> None:
    href = "https://home.test/tags/question"

    assert (
        html_of("#Question?")
        == f'<p><a href="{href}" class="mention hashtag" rel="tag">#<span>Question</span></a>?</p>'
    )
    assert from_text("#Question?", MENTIONS, None) == "<p>#Question?</p>"


@pytest.mark.parametrize(
    ("text", "url", "rest"),
    [
        ("https://a.test", "https://a.test", ""),
        ("https://a.test/x.", "https://a.test/x", "."),
        ("https://a.test/x?!…", "https://a.test/x?", "!…"),
        ("https://a.test/x),", "https://a.test/x", "),"),
        ("https://a.test/x_(y)", "https://a.test/x_(y)", ""),
        ("https://a.test/x_(y))", "https://a.test/x_(y)", ")"),
        ("https://a.test/#x @alice", "https://a.test/#x", f" {ALICE}"),
    ],
)
def test_links_end_before_the_punctuation_of_their_sentence(text: str, url: str, rest: str) -> None:
    url = url.removesuffix("?")
    rest = "?" + rest if rest == "!…" else rest

    assert html_of(text) == f"<p>{short(url)}{rest}</p>"


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "https://...",
        "ftp://a.test/",
        "javascript:alert(1)",
        "xhttps://a.test",
        "https://user:pass@evil.test/",
        "https://home.test@evil.test/",
        "https://[::1",
        "https://" + "a" * MAX_URL_CHARACTERS,
    ],
)
def test_what_is_no_address_to_go_to_stays_text(text: str) -> None:
    """T105, T107."""
    assert html_of(text) == f"<p>{text}</p>"


def test_quotes_and_brackets_end_an_address() -> None:
    """T105."""
    assert html_of('https://a.test/"><script>') == f"<p>{short('https://a.test/')}&quot;&gt;&lt;script&gt;</p>"


def test_an_address_may_be_as_long_as_the_limit() -> None:
    """R8."""
    longest = "https://a.test/".ljust(MAX_URL_CHARACTERS, "x")

    assert "<a href" in html_of(longest)
    assert "<a href" not in html_of(longest + "x")


def test_a_long_address_is_shown_in_short() -> None:
    url = "https://www.example.com/a/long/way/to/go?x=1&y=2"

    assert (
        html_of(url)
        == "<p>"
        + link(
            url.replace("&", "&amp;"),
            '<span class="invisible">https://www.</span>'
            '<span class="ellipsis">example.com/a/long/way/to/go?x</span>'
            '<span class="invisible">=1&amp;y=2</span>',
        )
        + "</p>"
    )


@pytest.mark.parametrize(("middle", "css_class"), [("x" * 23, ""), ("x" * 24, ' class="ellipsis"')])
def test_thirty_characters_are_shown(middle: str, css_class: str) -> None:
    assert f"<span{css_class}>a.test/{'x' * 23}</span>" in html_of(f"https://a.test/{middle}")


def test_a_host_too_long_to_be_shown_whole_is_not_cut() -> None:
    """T107."""
    url = "https://home.test.a-very-long-name-of-a-host.evil.test/"

    assert html_of(url) == f"<p>{link(url, url)}</p>"


@settings(max_examples=400, deadline=None)
@given(PIECES)
@example("https://a.test/x@alice@alicehttps://a.test/x")
def test_sanitising_changes_nothing_but_quotation_marks(text: str) -> None:
    """T105."""
    assert sanitise(html_of(text)) == html_of(text).replace("\xa0", "&nbsp;").replace("&quot;", '"')


@settings(max_examples=400, deadline=None)
@given(st.text("ab <>&\"'\n@#!./:?=h", max_size=60))
def test_text_comes_back_as_it_was_typed(text: str) -> None:
    lines = [" ".join(line.split()) for line in text.split("\n")]

    assert plain_text(from_text(text, {}, None)) == "\n".join(line for line in lines if line)


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_every_known_handle_that_is_found_becomes_a_link(text: str) -> None:
    known = [handle for handle in find_mentions(text) if handle in MENTIONS]

    assert all(f'<a href="{MENTIONS[handle].url}"' in html_of(text) for handle in known)


@pytest.mark.parametrize(
    "part",
    [
        ".",
        "https://",
        "@",
        "@a.",
        "@a@b.",
        "#a",
        "!",
        "\n",
        "\n ",
        "a-",
        "@aé",
        "https://a.test/)",
        "(",
        "&",
        "@a@b.c@",
    ],
)
def test_time_grows_with_length_only(part: str) -> None:
    """T095: linkify on 1 MiB of dots."""
    text = part * (1_048_576 // len(part))
    began = time.process_time()

    html_of(text)
    find_mentions(text)
    find_hashtags("@" + text)

    assert time.process_time() - began < 5
