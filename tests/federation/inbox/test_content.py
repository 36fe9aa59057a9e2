"""What apps show of posts from everywhere: titles, links, files, quotes, events, languages, warnings, mentions."""

import re
from typing import Any

import pytest

from models.posts import Post
from tests.federation.inbox.cast import ON_SQLITE, SITES, Cast
from tests.support.api import Document
from tests.support.fake_peer import PUBLIC

GERMAN_LINK = "https://www.example.com/artikel"


async def shown(cast: Cast, **members: Any) -> Document:
    """What alice sees of a thread that bob opens in her community with these members."""
    create = cast.bob.create("note")
    note = create["object"] | {"type": "Note", "name": None} | members
    note = {name: value for name, value in note.items() if value is not None}
    assert await cast.say(cast.bob.actor, create | {"object": note}) == "processed"
    return await seen(cast)


async def seen(cast: Cast) -> Document:
    """The newest post at alice's home, wrapper opened."""
    return (await cast.alice.home())[0]


async def test_a_note_without_a_title_gets_one_from_its_first_line_and_does_not_say_it_twice(cast: Cast) -> None:
    group = f'<a href="{SITES}" class="u-url mention">@<span>sites</span></a>'

    status = await shown(cast, content=f"<p>{group} Who has done this?</p><p>We begin on Monday.</p>")

    ((title,),) = await cast.rows(Post.title, uri=status["uri"])
    assert title == "Who has done this?"
    assert status["content"].count("Who has done this?") == 1
    assert "<strong>" not in status["content"]


async def test_a_page_shows_its_title_its_link_as_card_and_the_link_in_its_text(cast: Cast) -> None:
    link = {"type": "Link", "href": GERMAN_LINK, "mediaType": "text/html"}

    status = await shown(cast, type="Page", name="Worth reading", content="<p>See there.</p>", attachment=[link])

    assert status["content"].startswith("<p><strong>Worth reading</strong></p><p>See there.</p>")
    assert f'href="{GERMAN_LINK}"' in status["content"]
    assert (status["card"]["url"], status["card"]["title"]) == (GERMAN_LINK, "Worth reading")
    assert status["card"]["provider_name"] == "www.example.com"
    assert status["media_attachments"] == []


async def test_a_card_has_nothing_of_what_a_page_would_embed(cast: Cast) -> None:
    """Threats T106: no markup, no picture's address, nothing fetched."""
    hostile = {
        "type": "Link",
        "href": "https://www.example.com/page",
        "name": "<iframe src=https://evil.test></iframe>Title",
        "html": "<script>alert(1)</script>",
        "preview": {"type": "Note", "content": "<script>alert(2)</script>"},
        "icon": {"type": "Image", "url": "javascript:alert(3)"},
    }
    asked = len(cast.partner.asked)

    shown_card = (await shown(cast, type="Page", name="<b>T</b>", content="<p>See</p>", attachment=[hostile]))["card"]

    assert shown_card["url"] == "https://www.example.com/page"
    assert (shown_card["html"], shown_card["embed_url"], shown_card["image"]) == ("", "", None)
    assert "alert" not in str(shown_card)
    assert all("example.com" not in one.target for one in cast.partner.asked[asked:])


async def test_an_address_that_runs_something_makes_no_card(cast: Cast) -> None:
    """Threats T106."""
    scripted = {"type": "Link", "href": "javascript:alert(4)", "name": "x"}

    status = await shown(cast, type="Page", name="T", content="<p>See</p>", attachment=[scripted])

    assert status["card"] is None
    assert "javascript:" not in status["content"]


async def test_a_link_that_the_text_has_already_is_not_said_again(cast: Cast) -> None:
    link = {"type": "Link", "href": GERMAN_LINK}

    status = await shown(cast, content=f'<p><a href="{GERMAN_LINK}">There</a></p>', attachment=link)

    assert status["content"].count(GERMAN_LINK) == 1
    assert status["card"]["url"] == GERMAN_LINK


async def test_a_picture_keeps_its_text_its_focus_and_its_sizes(cast: Cast) -> None:
    picture = {
        "type": "Document",
        "mediaType": "image/png",
        "url": cast.partner.url("/files/plan.png"),
        "name": "A plan & <b>notes</b>",
        "blurhash": "USQv:h-W-qI-^,W;RPs=^-R%NZxbo#sDobSc",
        "focalPoint": [0.5, -0.25],
        "width": 1500,
        "height": 1000,
    }

    (file,) = (await shown(cast, attachment=[picture]))["media_attachments"]

    assert (file["type"], file["description"]) == ("image", "A plan & <b>notes</b>")
    assert file["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert file["meta"]["original"] == {"width": 1500, "height": 1000, "size": "1500x1000", "aspect": 1.5}
    assert file["blurhash"] == picture["blurhash"]
    assert file["remote_url"] == picture["url"]
    assert file["url"] == file["preview_url"]
    assert re.fullmatch(r"http://alpha\.test/media/posts/\d+/0/original/\d+-\d+-[0-9a-f]{32}", file["url"])


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        ({"type": "Image"}, "image"),
        ({"type": "Video", "mediaType": "video/mp4"}, "video"),
        ({"type": "Document", "mediaType": "audio/ogg"}, "audio"),
        ({"type": "Document", "url": "http://partner.test/plan.JPG"}, "image"),
        ({"type": "Document", "mediaType": "application/pdf"}, "unknown"),
        ({"type": "Document"}, "unknown"),
        ({"type": "Link", "mediaType": "image/webp"}, "image"),
    ],
)
@ON_SQLITE
async def test_what_kind_of_file_it_is(cast: Cast, attachment: Document, kind: str) -> None:
    (file,) = (await shown(cast, attachment={"url": "http://partner.test/file", **attachment}))["media_attachments"]

    assert file["type"] == kind


@pytest.mark.parametrize(("sent", "kept"), [(16, 16), (17, 16)])
@ON_SQLITE
async def test_sixteen_files_of_a_post_are_kept(cast: Cast, sent: int, kept: int) -> None:
    """T093."""
    files = [{"type": "Image", "url": cast.partner.url(f"/{number}.png")} for number in range(sent)]

    found = (await shown(cast, attachment=files))["media_attachments"]

    assert [file["remote_url"] for file in found] == [file["url"] for file in files[:kept]]
    assert len({file["id"] for file in found}) == kept


@pytest.mark.parametrize(
    "quoting",
    [
        {"quoteUrl": "https://example.com/objects/9"},
        {"_misskey_quote": "https://example.com/objects/9"},
        {"quote": {"id": "https://example.com/objects/9"}},
        {
            "tag": [
                {
                    "type": "Link",
                    "href": "https://example.com/objects/9",
                    "mediaType": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
                }
            ]
        },
    ],
)
@ON_SQLITE
async def test_a_quoted_post_is_a_link_at_the_end(cast: Cast, quoting: Document) -> None:
    status = await shown(cast, content="<p>As she says</p>", **quoting)

    assert re.search(r'<p>RE: <a href="https://example\.com/objects/9"[^>]*>.*</a></p>$', status["content"])


@ON_SQLITE
async def test_a_quote_that_the_text_links_to_is_not_said_again(cast: Cast) -> None:
    uri = "https://example.com/objects/9"

    status = await shown(cast, content=f'<p class="quote-inline">RE: <a href="{uri}">x</a></p>', quoteUrl=uri)

    assert status["content"].count("RE:") == 1


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (("2027-03-01T14:00:00Z", "2027-03-01T16:30:00Z"), "2027-03-01 14:00 – 16:30 UTC"),
        (("2027-03-01T14:00:00+02:00", "2027-03-02T10:00:00Z"), "2027-03-01 12:00 – 2027-03-02 10:00 UTC"),
        (("2027-03-01T14:00:00Z", None), "2027-03-01 14:00 UTC"),
    ],
)
@ON_SQLITE
async def test_an_event_says_when_and_where(cast: Cast, times: tuple[str, str | None], said: str) -> None:
    place = {"type": "Place", "name": "Hall <3", "address": {"addressLocality": "Lyon"}}
    page = "http://partner.test/events/1"

    status = await shown(
        cast, type="Event", name="Meeting", startTime=times[0], endTime=times[1], location=place, url=page
    )

    assert f"<p>{said} · Hall &lt;3, Lyon</p>" in status["content"]
    assert status["content"].startswith("<p><strong>Meeting</strong></p>")
    assert status["card"]["url"] == page


async def test_a_film_is_described_in_markdown_and_leads_to_its_page(cast: Cast) -> None:
    page = "http://partner.test/w/1"
    addresses = [
        {"type": "Link", "mediaType": "text/html", "href": page},
        {"type": "Link", "mediaType": "video/mp4", "href": "http://partner.test/1.mp4"},
    ]

    status = await shown(
        cast, type="Video", name="Site visit", content="It is **dry**.", mediaType="text/markdown", url=addresses
    )

    assert "<p>It is <strong>dry</strong>.</p>" in status["content"]
    assert f'href="{page}"' in status["content"]
    assert (status["card"]["url"], status["card"]["title"]) == (page, "Site visit")


@pytest.mark.parametrize(
    ("members", "spoiler", "is_sensitive"),
    [
        ({"summary": "Careful &amp; slow", "sensitive": True}, "Careful & slow", True),
        ({"summary": "Careful"}, "Careful", True),
        ({"sensitive": True}, "", True),
        ({"type": "Article", "name": "Long", "summary": "In short"}, "", False),
    ],
)
@ON_SQLITE
async def test_a_summary_is_a_warning_in_a_note_and_none_in_an_article(
    cast: Cast, members: Document, spoiler: str, is_sensitive: bool
) -> None:
    status = await shown(cast, **members)

    assert (status["spoiler_text"], status["sensitive"]) == (spoiler, is_sensitive)


@pytest.mark.parametrize(
    ("members", "language"),
    [
        ({"contentMap": {"fr": "<p>Bonjour</p>"}}, "fr"),
        ({"contentMap": {"en": "<p>Hello</p>", "fr": "<p>Bonjour</p>"}, "content": "<p>Bonjour</p>"}, "fr"),
        ({"@context": ["x", {"@language": "fr"}]}, "fr"),
        ({"@context": ["x", {"@language": "und"}]}, None),
        ({"language": {"identifier": "pt-BR", "name": "Português"}}, "pt-BR"),
    ],
)
@ON_SQLITE
async def test_the_language_of_a_post(cast: Cast, members: Document, language: str | None) -> None:
    assert (await shown(cast, **members))["language"] == language


async def test_a_mention_and_a_hashtag_lead_where_apps_look_for_them(cast: Cast) -> None:
    tags = [
        {"type": "Mention", "href": "http://alpha.test/users/alice", "name": "@alice@alpha.test"},
        {"type": "Hashtag", "href": cast.partner.url("/tags/Rota"), "name": "#Rota"},
    ]
    text = (
        '<p><a href="http://alpha.test/users/alice">@alice@alpha.test</a> '
        f'<a href="{cast.partner.url("/tags/Rota")}" class="hashtag">#Rota</a></p>'
    )

    status = await shown(cast, content=text, tag=tags)

    (alice,) = [one for one in status["mentions"] if one["username"] == "alice"]
    assert f'<a href="{alice["url"]}" class="u-url mention">@<span>alice</span></a>' in status["content"]
    (tag,) = status["tags"]
    assert f'<a href="{tag["url"]}" class="mention hashtag" rel="tag">#<span>Rota</span></a>' in status["content"]


async def test_custom_emojis_of_a_post_and_of_its_author(cast: Cast) -> None:
    def emoji(name: str) -> Document:
        icon = {"type": "Image", "url": cast.partner.url(f"/emoji/{name}.png")}
        return {"type": "Emoji", "name": f":{name}:", "icon": icon}

    cast.bob.actor.changes = {"name": "Bob :hat:", "tag": [emoji("hat"), emoji("unused")]}
    await cast.say(cast.bob.actor, cast.bob.actor.activity("Update", object=cast.bob.actor.document, to=[PUBLIC]))

    status = await shown(cast, content="<p>Good :thumb: :bad-name:</p>", tag=[emoji("thumb"), emoji("bad-name")])

    assert [one["shortcode"] for one in status["emojis"]] == ["thumb"]
    assert [one["shortcode"] for one in status["account"]["emojis"]] == ["hat"]
    assert status["emojis"][0]["url"].startswith("http://alpha.test/media/pictures/")


async def test_an_edit_changes_files_and_title_and_keeps_the_earlier_text(cast: Cast) -> None:
    picture = {"type": "Image", "url": cast.partner.url("/1.png")}
    status = await shown(cast, content="<p>First line</p><p>More</p>", attachment=[picture])
    note = {
        "id": status["uri"],
        "type": "Note",
        "attributedTo": cast.bob.actor.uri,
        "content": "<p>Other line</p>",
        "updated": cast.home.clock.now().isoformat(),
        "to": [SITES, PUBLIC],
    }

    await cast.say(cast.bob.actor, cast.bob.actor.activity("Update", object=note, to=[SITES, PUBLIC]))

    changed = await seen(cast)
    history = await cast.alice.get(f"/api/v1/statuses/{changed['id']}/history")
    assert (changed["content"], changed["media_attachments"]) == ("<p>Other line</p>", [])
    assert [version["content"] for version in history] == ["<p>First line</p><p>More</p>", "<p>Other line</p>"]
    ((title,),) = await cast.rows(Post.title, uri=status["uri"])
    assert title == "Other line"
