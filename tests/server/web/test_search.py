"""/search: what one person may read, by words and by name."""

from urllib.parse import quote

from tests.support.firm import App, Document, Firm


async def _found(firm: Firm, person: App, text: str, further: str = "") -> str:
    answer = await (await firm.browser(person)).get(f"/search?q={quote(text)}{further}")
    assert answer.status == 200
    return answer.text.partition("<main")[2]


async def test_posts_are_found_by_words_and_people_and_communities_by_name(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    asked = await bob.say("@sites How do you run night shifts?")
    await bob.say("@sites Who trains new leads?")

    by_word, by_author = await _found(firm, alice, "shift"), await _found(firm, alice, "shifts from:bob")

    for page in (by_word, by_author):
        assert f"/@bob/{asked['id']}" in page
        assert "new leads" not in page
    assert "Nothing found." in await _found(firm, alice, "shifts from:alice")
    assert 'href="/@bob"' in await _found(firm, alice, "bo")
    assert 'href="/@sites"' in await _found(firm, bob, "@sites@home.test")


async def test_nobody_finds_what_they_may_not_read(firm: Firm, alice: App, bob: App) -> None:
    """T148."""
    await firm.community("board", host=alice, visibility="private")
    await alice.say("@board Quarterly xylophone figures")

    assert "Quarterly" in await _found(firm, alice, "xylophone")
    for text in ("xylophone", "board", "@board@home.test"):
        page = await _found(firm, bob, text)
        assert "Nothing found." in page
        assert "Quarterly" not in page


async def test_there_is_a_next_page_where_there_is_more(firm: Firm, bob: App, sites: Document) -> None:
    for number in range(21):
        await bob.say(f"@sites Marmalade {number}")

    first, second = await _found(firm, bob, "marmalade"), await _found(firm, bob, "marmalade", "&offset=20")

    assert "offset=20" in first
    assert second.count("Marmalade") == 1
    assert "offset=40" not in second
    # What is no number of posts begins at the first.
    again = await _found(firm, bob, "marmalade", "&offset=-1")
    assert again.count("Marmalade") == first.count("Marmalade")


async def test_a_phrase_is_found_in_its_order_whatever_its_quotation_marks(
    firm: Firm, bob: App, sites: Document
) -> None:
    await bob.say("@sites Marmalade for breakfast")

    for phrase in ('"marmalade for"', "“marmalade for”", "« marmalade for »"):
        assert "Marmalade" in await _found(firm, bob, phrase)
    for phrase in ('"for marmalade"', "“for marmalade”", "« for marmalade »"):
        assert "Nothing found." in await _found(firm, bob, phrase)
