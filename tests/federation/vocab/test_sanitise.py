import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.vocab.markup import (
    MAX_ENTITIES,
    MAX_MARKUP_CHARACTERS,
    MAX_TAGS,
    plain_text,
    sanitise,
)

ALLOWED = {
    "a": {"href", "rel", "class", "target", "translate"},
    "span": {"class", "translate"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    **{name: set() for name in ["br", "del", "s", "pre", "code", "em", "strong", "b", "i", "u", "ul", "blockquote"]},
}
SOUP = st.lists(
    st.sampled_from(
        [
            *"<>&\"'/= \n\t",
            *(f"<{name}>" for name in ALLOWED),
            *(f"</{name}>" for name in ALLOWED),
            *("<h1>", "</h1>", "<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<hr>", "<form>", "<select>"),
            *(
                "<svg>",
                "<math>",
                "<style>",
                "</style>",
                "<!--",
                "-->",
                "<template>",
                "<title>",
                "<plaintext>",
                "<mtext>",
            ),
            *(
                '<a href="https://a.test/',
                '<a href="//b.test" class="',
                "<a href='javascript:",
                '<span class="invisible">',
            ),
            *(
                '<span class="ellipsis">',
                'mention">',
                "https://a.test/",
                "home.test",
                "\u202e",
                "\u200b",
                "\x00",
                "&#0;",
            ),
            *("&lt;", "&amp;lt;", "&nbsp;", "\ufffd", "<p class='quote-inline'>", "<img src=x onerror=alert(1)>", "é"),
            *("<p title=x lang=y>", "<a href=https://a.test/ style=z dir=rtl>", "<li id=x value=3>", "<ol start=2>"),
        ]
    )
    | st.text(max_size=6),
    max_size=30,
).map("".join)


def link(href: str, inner: str) -> str:
    return f'<a href="{href}" target="_blank" rel="nofollow noopener">{inner}</a>'


# --- what is allowed ---


@pytest.mark.parametrize(
    "html",
    [
        "<p>one<br>two</p><p>three</p>",
        "<p><del>a</del><s>b</s><em>c</em><strong>d</strong><b>e</b><i>f</i><u>g</u><code>h</code></p>",
        "<pre><code>x = 1\n\ny = 2</code></pre>",
        '<ul><li>a</li></ul><ol start="3" reversed=""><li value="7">b</li></ol>',
        "<blockquote><p>a</p></blockquote>",
        '<p class="quote-inline">RE: ' + link("https://a.test/1", "x") + "</p>",
        '<span class="h-card" translate="no"><a href="https://a.test/@b" class="u-url mention">@b</a></span>',
        '<a href="https://a.test/tags/x" class="mention hashtag" rel="tag">#<span>X</span></a>',
        link("https://a.test/?a=1&amp;b='2'", "x"),
        link("mailto:b@a.test", "b@a.test"),
        '<span class="p-name dt-start e-content">x</span>',
        "5 &lt; 6 &amp; 7 &gt; 2 \" ' :blobcat:",
    ],
)
def test_what_clients_expect_passes_unchanged(html: str) -> None:
    assert sanitise(html) == html


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<h1>A</h1><h6>B</h6>", "<p><strong>A</strong></p><p><strong>B</strong></p>"),
        ("<h2><div>A</div></h2>B", "<p><strong>A</strong></p>B"),
        ("<div>a</div><div>b</div>", "<p>a</p><p>b</p>"),
        ("<div><p>a</p></div>", "<p>a</p>"),
        ("<section><article>a</article></section>b", "<p>a</p>b"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<p>a</p><p>b</p>"),
        ("<details><summary>a</summary>b</details>", "<p>a</p>b"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "<p>a b </p><p>1 2 </p>"),
        ("a<hr>b", "a<br>b"),
        ("<p>a</p><p></p>", "<p>a</p>"),
        ("<sub>a</sub><mark>b</mark><font color=red>c</font>", "abc"),
        ("<p>open", "<p>open</p>"),
        ("<pre>\n\n\n\n\n\n\n\n\nx</pre>", "<pre>x</pre>"),
        ("a<br/>b<br />c", "a<br>b<br>c"),
        ("", ""),
    ],
)
def test_other_blocks_become_paragraphs(html: str, cleaned: str) -> None:
    assert sanitise(html) == cleaned


# --- T105: script ---


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("<SCRIPT SRC=//evil.test></SCRIPT>x", "x"),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"),
        ("<img src=x onerror=alert(1)>x", "x"),
        ("<p onclick=alert(1)>x</p>", "<p>x</p>"),
        ("<p/onclick=alert(1)>x", "<p>x</p>"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<a href=" &#14; java\nscript:alert(1)">x</a>', "x"),
        ('<a href="JaVaScRiPt&colon;alert(1)">x</a>', "x"),
        ('<a href="data:text/html,<script>alert(1)</script>">x</a>', "x"),
        ('<a href="vbscript:x">x</a>', "x"),
        ('<a href="/relative">x</a>', "x"),
        ('<a href="//evil.test/">x</a>', "x"),
        ('<a href="https:evil.test">x</a>', "x"),
        ('<a href="https:///evil.test">x</a>', "x"),
        ('<a href="https://[::1">x</a>', "x"),
        ("<a>x</a>", "x"),
        ("<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'>y</a></svg>x", "x"),
        ("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>", ""),
        ("<style>@import 'https://evil.test'</style>x", "x"),
        ("<form action=https://evil.test><input name=password><button>go</button></form>", "go"),
        ("<iframe srcdoc='<script>alert(1)</script>'>y</iframe>x", "x"),
        ("<base href=https://evil.test/><meta http-equiv=refresh content=0>x", "x"),
        ("<object data=x>y</object><embed src=x>x", "x"),
        ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>x", "'&gt;x"),
        ("<!-- <script>alert(1)</script> -->x", "x"),
        ("<![CDATA[<script>alert(1)</script>]]>x", "alert(1)]]&gt;x"),
        ("<p id=a name=b dir=rtl title=c lang=d>x</p>", "<p>x</p>"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<ol start='1;alert(1)' reversed=x><li value=1e9>x</li></ol>", '<ol reversed=""><li>x</li></ol>'),
    ],
)
def test_nothing_that_runs_or_loads_remains(html: str, cleaned: str) -> None:
    """T105."""
    assert sanitise(html) == cleaned


@settings(max_examples=600, deadline=None)
@given(SOUP)
def test_a_second_pass_changes_nothing(html: str) -> None:
    """T105."""
    once = sanitise(html)

    assert sanitise(once) == once


@settings(max_examples=400, deadline=None)
@given(SOUP)
def test_only_what_is_allowed_remains(html: str) -> None:
    """T105, T108: read by another parser than the one that cleaned it."""
    for name, attributes in re.findall(r"<([^\s>/]+)([^>]*)>", sanitise(html)):
        assert set(re.findall(r'([\w-]+)="', attributes)) <= ALLOWED[name]


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_cleaned_and_read_without_error(text: str) -> None:
    assert sanitise(sanitise(text)) == sanitise(text)
    assert "\n\n" not in plain_text(text)


# --- T107, T108: disguise ---


@pytest.mark.parametrize(
    ("href", "text", "shown"),
    [
        ("https://evil.test/", "https://home.test/", "https://home.test/ (evil.test)"),
        ("https://evil.test/", "http://home.test", "http://home.test (evil.test)"),
        ("https://evil.test/", "home.test", "home.test (evil.test)"),
        ("https://evil.test/", "www.home.test/login", "www.home.test/login (evil.test)"),
        ("https://evil.test/", "see https://home.test/ now", "see https://home.test/ now (evil.test)"),
        ("https://evil.test/", "<b>https://</b><i>home.test</i>", "<b>https://</b><i>home.test</i> (evil.test)"),
        ("https://evil.test/", "https://ho\u200bme.test", "https://ho\u200bme.test (evil.test)"),
        ("https://home.test.evil.test/", "https://home.test/", "https://home.test/ (home.test.evil.test)"),
        ("https://evil.test/home.test", "home.test", "home.test (evil.test)"),
        ("https://home.test@evil.test/", "x", "x (evil.test)"),
        ("https://home.test@evil.test/", "https://home.test@evil.test/", "https://home.test@evil.test/ (evil.test)"),
        ("https://evil.test/", "https://home.test/ (home.test)", "https://home.test/ (home.test) (evil.test)"),
    ],
)
def test_a_link_that_names_another_host_shows_its_own(href: str, text: str, shown: str) -> None:
    """T107."""
    assert sanitise(f'<a href="{href}">{text}</a>') == link(href, shown)


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("https://home.test/a", "https://home.test/a"),
        ("https://home.test/a", "home.test"),
        ("https://www.home.test/a", "home.test/a"),
        ("https://home.test/a", "https://WWW.Home.Test."),
        ("https://home.test:8443/", "https://home.test/"),
        ("https://home.test/", "https://home.test/ (home.test)"),
        ("https://a.test/", "the minutes of 3.2"),
        ("https://a.test/", "see home.test for more"),
        ("https://a.test/@b", "@b@home.test"),
    ],
)
def test_a_link_that_names_no_other_host_is_left_alone(href: str, text: str) -> None:
    """T107."""
    assert sanitise(f'<a href="{href}">{text}</a>') == link(href, text)


def test_a_mention_may_not_be_a_disguise_either() -> None:
    """T107."""
    html = '<a href="https://evil.test/" class="mention">https://home.test/</a>'

    assert sanitise(html) == '<a href="https://evil.test/" class="mention">https://home.test/ (evil.test)</a>'


@pytest.mark.parametrize(
    "href", ["https://evil.test\\@home.test/", "https://a.test/ b", "https://home.test／@evil.test/"]
)
def test_an_address_that_programs_read_differently_is_no_link(href: str) -> None:
    """T107, T059."""
    assert sanitise(f'<a href="{href}">x</a>') == "x"


def test_the_ends_of_a_links_own_address_may_be_hidden() -> None:
    """T107: with the host still seen."""
    html = link(
        "https://www.home.test/abcdefghijklmnopqrstuvwxyz",
        '<span class="invisible">https://www.</span><span class="ellipsis">home.test/abcdefghijklmnopqrst</span>'
        '<span class="invisible">uvwxyz</span>',
    )

    assert sanitise(html) == html


@pytest.mark.parametrize(
    "html",
    [
        '<span class="invisible">hidden</span>',
        '<p>a <span class="ellipsis">b</span></p>',
        '<a href="https://evil.test/"><span class="invisible">https://evil.test/</span>home.test</a>',
        '<a href="https://evil.test/"><span class="invisible">https://</span><span>home.test</span></a>',
        '<a href="/x"><span class="invisible">x</span></a>',
    ],
)
def test_nothing_else_is_hidden(html: str) -> None:
    """T107, CVE-2023-36462."""
    assert "class=" not in sanitise(html)


def test_a_host_is_never_hidden_in_part() -> None:
    """T107."""
    url = "https://home.test.a-very-long-name-of-a-host.evil.test/"
    html = (
        f'<a href="{url}"><span class="invisible">https://</span>home.test<span class="invisible">{url[17:]}</span></a>'
    )

    assert sanitise(html) == link(url, url)


@pytest.mark.parametrize("mark", ["\u202a", "\u202e", "\u2066", "\u2069", "&#x202e;", "&#8238;"])
def test_overrides_of_direction_are_taken_out(mark: str) -> None:
    """T107, T063."""
    assert sanitise(f"<p>a{mark}b</p>") == "<p>ab</p>"
    assert plain_text(f"<p>a{mark}b</p>") == "ab"


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ('<p style="position:fixed">x</p>', "<p>x</p>"),
        ('<span class="modal fixed-top h-card overlay">x</span>', '<span class="h-card">x</span>'),
        ('<p class="h-card mention">x</p>', "<p>x</p>"),
        ('<span class="h-">x</span>', "<span>x</span>"),
        ('<ul class="h-feed"><li class="p-x">x</li></ul>', "<ul><li>x</li></ul>"),
        ("<link rel=stylesheet href=https://evil.test/x.css>x", "x"),
    ],
)
def test_styles_and_other_classes_are_taken_out(html: str, cleaned: str) -> None:
    """T108."""
    assert sanitise(html) == cleaned


# --- T095: bounds and time ---


@pytest.mark.parametrize(("part", "limit"), [("<br>", MAX_TAGS), ("&amp;", MAX_ENTITIES), ("x", MAX_MARKUP_CHARACTERS)])
def test_markup_at_a_limit_is_whole_and_what_is_beyond_is_cut(part: str, limit: int) -> None:
    """T094, T095, R8."""
    assert sanitise(part * limit) == part * limit
    assert sanitise(part * limit + part) == part * limit
    assert sanitise(part * (3 * limit)) == part * limit


HOSTILE = [
    "<a ",
    "<div>",
    "<p><b>",
    "<b><p>",
    "<ul><li>",
    "<blockquote>",
    "<a href=https://a.test><b>",
    "<h1><div>",
    "<table><tr><td>",
    "<span class=invisible>",
    "</p>",
    "<!--",
    "&",
    "<",
    "<svg><style>",
    "<b><i><u><s><em><strong><code>",
    "<a href=https://a.test>www.</a>",
    "<pre>\n",
    '<a href="https://a.test/',
]


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_markup_is_soon_done_with(part: str) -> None:
    """T095: 64 KiB; five times the 200 ms asked for, since tests share the machine."""
    html = part * (65_536 // len(part))
    began = time.process_time()

    assert sanitise(sanitise(html)) == sanitise(html)
    plain_text(html)

    assert time.process_time() - began < 4


def test_what_cannot_be_mended_within_the_bounds_becomes_text() -> None:
    """T095."""
    html = "<p>x &lt;<b>" * (MAX_TAGS // 2)

    cleaned = sanitise(html)

    assert cleaned.startswith("<p>x &lt;<br>x &lt;")
    assert sanitise(cleaned) == cleaned
