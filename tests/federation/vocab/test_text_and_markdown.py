import time

import pytest

from federation.vocab.markup import (
    MAX_MARKDOWN_MARKS,
    MAX_SOURCE_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    as_html,
    markdown,
    plain_text,
    sanitise,
    title_of,
)


def link(href: str, inner: str) -> str:
    return f'<a href="{href}" target="_blank" rel="nofollow noopener">{inner}</a>'


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<br>two</p>\n\n<p> three  four </p>", "one\ntwo\nthree four"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<h1>a</h1><div>b</div>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("&lt;b&gt; &amp;amp; &nbsp; x", "<b> &amp; x"),
        ("<script>x</script><style>y</style>z", "z"),
        ('<p><span class="h-card"><a href="https://a.test/">@<span>main</span></a></span> Hi</p>', "@main Hi"),
        ("plain", "plain"),
        ("", ""),
        ("<p> </p>", ""),
    ],
)
def test_text_of_markup_has_a_line_for_each_block(html: str, text: str) -> None:
    assert plain_text(html) == text
    assert plain_text(sanitise(html)) == text


@pytest.mark.parametrize(
    ("text", "handle", "title"),
    [
        ("How do you do it?\nMore", "main", "How do you do it?"),
        ("@main How do you do it?", "main", "How do you do it?"),
        ("@main@groups.example How?", "main@groups.example", "How?"),
        ("@Main: How?", "main@groups.example", "How?"),
        ("!main How?", "main", "How?"),
        ("How, @main, would you?", "main", "How, , would you?"),
        ("@main\n\n  \nSecond", "main", "Second"),
        ("@maintenance is hard", "main", "@maintenance is hard"),
        ("@main.team is hard", "main", "@main.team is hard"),
        ("@main@other.example How?", "main@groups.example", "@main@other.example How?"),
        ("mail x@main now", "main", "mail x@main now"),
        ("@bob @main How?", "main", "@bob How?"),
        ("@main", "main", ""),
        ("", "main", ""),
        ("a\u202eb", "main", "ab"),
    ],
)
def test_a_title_is_the_first_line_without_the_group(text: str, handle: str, title: str) -> None:
    """Product J5."""
    assert title_of(text, handle) == title


def test_a_title_is_cut_between_words_at_its_limit() -> None:
    words = "word " * 24

    assert title_of("x" * MAX_TITLE_CHARACTERS, "main") == "x" * MAX_TITLE_CHARACTERS
    assert title_of("x" * (MAX_TITLE_CHARACTERS + 1), "main") == "x" * (MAX_TITLE_CHARACTERS - 1) + "…"
    assert title_of(words + "word", "main") == words.strip() + "…"
    assert title_of(words + "word", "main", limit=200) == words + "word"


# --- Markdown ---


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            "# A\n\n*b* **c** ~~d~~ `e`",
            "<p><strong>A</strong></p>\n<p><em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>\n",
        ),
        ("[x](https://a.test/)", "<p>" + link("https://a.test/", "x") + "</p>\n"),
        ("<https://a.test/>", "<p>" + link("https://a.test/", "https://a.test/") + "</p>\n"),
        ("![x](https://a.test/1.png)", "<p>!" + link("https://a.test/1.png", "x") + "</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        (
            "[https://home.test](https://evil.test)",
            "<p>" + link("https://evil.test", "https://home.test (evil.test)") + "</p>\n",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("", ""),
    ],
)
def test_markdown_is_sanitised_html(source: str, html: str) -> None:
    """T105."""
    assert markdown(source) == html


def test_markdown_with_too_many_marks_is_taken_as_text() -> None:
    """T095."""
    assert "<em>" in markdown("*a*" + "(" * (MAX_MARKDOWN_MARKS - 2))
    assert "<em>" not in markdown("*a*" + "(" * (MAX_MARKDOWN_MARKS - 1))


def test_a_source_longer_than_its_limit_is_cut() -> None:
    """T094."""
    assert len(plain_text(markdown("x" * MAX_SOURCE_CHARACTERS))) == MAX_SOURCE_CHARACTERS
    assert len(plain_text(markdown("x" * (MAX_SOURCE_CHARACTERS + 1)))) == MAX_SOURCE_CHARACTERS


@pytest.mark.parametrize(
    "part", ["[", "![", "*a ", "`", "<", "> ", "- ", "[a](", "**a", "|a", "~~a", "[a]: x\n", "\\", "a\n-"]
)
def test_hostile_markdown_is_soon_done_with(part: str) -> None:
    """T095."""
    began = time.process_time()

    markdown(part * (MAX_SOURCE_CHARACTERS // len(part)))

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("content", "media_type", "html"),
    [
        ("<b>a</b>", "text/html", "<b>a</b>"),
        ("<b>a</b>", "text/html; charset=utf-8", "<b>a</b>"),
        ("<b>a</b>", "application/octet-stream", "<b>a</b>"),
        ("**a**", "text/markdown", "<p><strong>a</strong></p>\n"),
        ("**a**", "Text/Markdown; variant=CommonMark", "<p><strong>a</strong></p>\n"),
        ("<b>a\nb", "text/plain", "<p>&lt;b&gt;a<br>b</p>"),
        ("<script>a</script>", "text/markdown", "<p>&lt;script&gt;a&lt;/script&gt;</p>\n"),
    ],
)
def test_content_is_read_in_its_media_type(content: str, media_type: str, html: str) -> None:
    """T105: PeerTube's comments are Markdown."""
    assert as_html(content, media_type) == html
