from datetime import UTC, datetime

import pytest

from federation.errors import Malformed
from federation.vocab.normalise_posts import (
    MAX_ALT_CHARACTERS,
    MAX_ATTACHMENTS,
    MAX_CONTENT_CHARACTERS,
    MAX_MENTIONS,
    MAX_SOURCE_CHARACTERS,
    MAX_SUMMARY_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    post,
)
from federation.vocab.shapes import MAX_RECIPIENTS, MAX_TAGS
from federation.vocab.types import Document
from tests.federation.vocab.documents import ALICE
from tests.federation.vocab.documents import a_note as note

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-01T12:00:00Z",
        "2026-02-01T12:00:00z",
        "2026-02-01t12:00:00Z",
        "2026-02-01T12:00:00+00:00",
        "2026-02-01T14:00:00+02:00",
        "2026-02-01T14:00:00+0200",
        "2026-02-01T04:00:00-08",
        "2026-02-01T12:00:00",
        "2026-02-01 12:00:00",
        "2026-02-01T12:00Z",
        "20260201T120000Z",
        " 2026-02-01T12:00:00Z ",
        "2026-02-01T12:00:00.000Z",
        "2026-02-01T12:00:00.0000000Z",
        "2026-02-01T12:00:00.000000123Z",
        "2026-02-01T12:00:00,0Z",
    ],
)
def test_dates_come_in_every_form(written: str) -> None:
    assert post(note(published=written, updated=written)).published == NOON
    assert post(note(published=written, updated=written)).updated == NOON


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "yesterday",
        1769947200,
        [],
        {},
        True,
        "2026-02-30T00:00:00Z",
        "2026-02-01T24:00:01Z",
        "2026-02-01T12:00:60Z",
        "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "2026-02-01T12:00:00." + "0" * 10_000 + "Z",
    ],
)
def test_what_is_no_date_is_absent(written: object) -> None:
    assert post(note(published=written)).published is None


def test_dates_at_the_ends_of_the_range_are_read() -> None:
    assert post(note(published="1900-01-01T00:00:00Z")).published == datetime(1900, 1, 1, tzinfo=UTC)
    assert post(note(published="2999-12-31T23:59:59Z")).published == datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("members", "language"),
    [
        ({"language": {"identifier": "ko", "name": "한국어"}}, "ko"),
        ({"language": "pt-BR"}, "pt-BR"),
        ({"language": [{"identifier": "en"}]}, "en"),
        ({"contentMap": {"fr": "<p>Bonjour</p>"}}, "fr"),
        ({"contentMap": {"fr": "x"}, "language": "en"}, "fr"),
        ({"contentMap": {"fr": "x", "de": "y"}, "language": "en"}, "en"),
        ({"contentMap": {"und": "x"}, "language": "en"}, "en"),
        ({"language": {"identifier": "und"}}, None),
        ({"language": "x"}, None),
        ({"language": "en'--"}, None),
        ({"language": []}, None),
        ({"contentMap": []}, None),
    ],
)
def test_the_language_is_found_where_it_is_said(members: Document, language: str | None) -> None:
    assert post(note(**members)).language == language


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ({"content": "**x**", "mediaType": "text/markdown"}, "**x**"),
        ({"content": "[b]x[/b]", "mediaType": "text/bbcode"}, None),
        ({"content": "x"}, None),
        ({"content": None, "mediaType": "text/markdown"}, None),
        ("https://joinmbin.example", None),
        (None, None),
    ],
)
def test_the_source_counts_only_if_it_is_markdown(source: object, read: str | None) -> None:
    assert post(note(source=source)).source == read


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://peer.example/@alice/1", "https://peer.example/@alice/1"),
        (["https://peer.example/1", "https://peer.example/2"], "https://peer.example/1"),
        ({"type": "Link", "href": "https://peer.example/1"}, "https://peer.example/1"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//peer.example/1", None),
        ("https://peer.example/a b", None),
        ("https://peer.example/\u202ex", None),
        (17, None),
        ([None, {}], None),
    ],
)
def test_only_a_web_address_is_shown_as_original(url: object, read: str | None) -> None:
    """T026, T105."""
    assert post(note(url=url)).url == read


@pytest.mark.parametrize(
    ("members", "content"),
    [
        ({"content": "<p>x</p>"}, "<p>x</p>"),
        ({"content": None, "contentMap": {"en": None, "fr": "<p>y</p>"}}, "<p>y</p>"),
        ({"content": ["<p>x</p>"]}, ""),
        ({"content": None}, ""),
    ],
)
def test_content_may_be_in_a_language_map(members: Document, content: str) -> None:
    assert post(note(**members)).content == content


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (" A title\n", "A title"),
        ("two\nlines", "two lines"),
        ("a\u202eb", "ab"),
        ("", None),
        ("\u200b", None),
        (17, None),
    ],
)
def test_a_title_is_one_clean_line(name: object, title: str | None) -> None:
    """T063."""
    assert post(note(name=name)).name == title


@pytest.mark.parametrize("point", [[0], [0, 2], ["0", "0"], [None, 0], {"x": 0}, [0, 0, 0], [1.5, 0], None])
def test_a_focal_point_that_is_none_is_absent(point: object) -> None:
    read = post(note(attachment={"type": "Image", "url": "https://a.example/1.png", "focalPoint": point}))

    assert read.attachments[0].focal_point is None


@pytest.mark.parametrize(
    "file",
    [
        None,
        "https://a.example/1.png",
        {"type": "Image"},
        {"type": "Image", "url": "file:///etc/passwd"},
        {"type": ["Image"], "url": "https://a.example/1.png"},
    ],
)
def test_a_file_that_cannot_be_had_is_left_out(file: object) -> None:
    assert post(note(attachment=[file])).attachments == ()


@pytest.mark.parametrize(
    "tag", [None, "x", [], 17, {"type": "Mention"}, {"type": "Hashtag", "name": "#"}, {"type": "Emoji"}]
)
def test_a_tag_that_says_nothing_is_left_out(tag: object) -> None:
    read = post(note(tag=[tag]))

    assert (read.mentions, read.hashtags, read.emojis) == ((), (), ())


def test_a_single_tag_needs_no_list() -> None:
    assert post(note(tag={"type": "Hashtag", "name": "#One"})).hashtags == ("One",)


# --- limits ---


def test_long_texts_are_cut_at_their_limits() -> None:
    """T094: a name of 1 MiB."""
    read = post(
        note(
            name="n" * 250_000,
            content="c" * (MAX_CONTENT_CHARACTERS + 1),
            summary="s" * (MAX_SUMMARY_CHARACTERS + 1),
            source={"content": "m" * (MAX_SOURCE_CHARACTERS + 1), "mediaType": "text/markdown"},
            attachment={"type": "Image", "url": "https://a.example/1.png", "name": "a" * (MAX_ALT_CHARACTERS + 1)},
        )
    )

    assert read.name == "n" * MAX_TITLE_CHARACTERS
    assert read.content == "c" * MAX_CONTENT_CHARACTERS
    assert read.summary == "s" * MAX_SUMMARY_CHARACTERS
    assert read.source == "m" * MAX_SOURCE_CHARACTERS
    assert read.attachments[0].name == "a" * MAX_ALT_CHARACTERS


def test_texts_at_their_limits_are_whole() -> None:
    """T094."""
    read = post(note(name="n" * MAX_TITLE_CHARACTERS, content="c" * MAX_CONTENT_CHARACTERS))

    assert (read.name, read.content) == ("n" * MAX_TITLE_CHARACTERS, "c" * MAX_CONTENT_CHARACTERS)


def test_tags_mentions_and_files_are_cut_at_their_limits() -> None:
    """T093: 10,000 mentions, 5,000 hashtags, 1,000 emoji."""
    mention = {"type": "Mention", "href": ALICE}
    hashtags = [{"type": "Hashtag", "name": f"#{number}"} for number in range(5_000)]
    picture = {"type": "Image", "url": "https://a.example/1.png"}

    assert len(post(note(tag=[mention] * MAX_MENTIONS)).mentions) == MAX_MENTIONS
    assert len(post(note(tag=[mention] * 10_000)).mentions) == MAX_MENTIONS
    assert len(post(note(tag=hashtags)).hashtags) == MAX_TAGS
    assert len(post(note(attachment=[picture] * MAX_ATTACHMENTS)).attachments) == MAX_ATTACHMENTS
    assert len(post(note(attachment=[picture] * (MAX_ATTACHMENTS + 1))).attachments) == MAX_ATTACHMENTS


def test_two_hundred_recipients_are_read_and_one_more_is_refused() -> None:
    """T093."""
    assert len(post(note(to=[ALICE] * MAX_RECIPIENTS)).to) == MAX_RECIPIENTS
    with pytest.raises(Malformed):
        post(note(to=[ALICE] * MAX_RECIPIENTS, cc=ALICE))
