"""/@{name}/{id}: a post in its thread, for those who may see it."""

from tests.server.admin.desk import press
from tests.support.firm import App, Document, Firm


async def test_a_post_stands_in_its_thread(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    opening = await bob.say("@sites Night shifts?\n\nWe lose people.")
    reply = await alice.answer(opening, "Let them draw the rota")
    deeper = await bob.answer(reply, "And that works?")
    browser = await firm.browser(bob)

    whole = (await browser.get(f"/@bob/{opening['id']}")).text
    middle = (await browser.get(f"/@alice/{reply['id']}")).text

    for page in (whole, middle):
        text = page.partition("<main")[2]
        in_order = [text.index(words) for words in ("Night shifts?</bdi>", "draw the rota", "And that works?")]
        assert in_order == sorted(in_order)
        assert 'href="/@sites"' in text
    assert f'class="card post depth-2" id="p{deeper["id"]}"' in whole
    assert f'class="card post depth-1" id="p{deeper["id"]}"' in middle
    assert "<h1><bdi>Night shifts?</bdi></h1>" in whole


async def test_the_page_is_at_its_authors_address_alone(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    (shown,) = await alice.get("/api/v1/timelines/home")
    browser = await firm.browser(alice)

    assert (await browser.get(f"/@bob/{status['id']}")).status == 200
    assert (await browser.get(f"/@alice/{status['id']}")).status == 404
    assert (await browser.get(f"/@bob@partner.test/{status['id']}")).status == 404
    assert (await browser.get(f"/@sites/{shown['id']}")).status == 404


async def test_who_may_not_see_a_post_finds_nothing(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T148."""
    await firm.community("board", host=alice, visibility="private")
    hidden = [
        await alice.say("@board Figures"),
        await alice.say("For those who follow me"),
        await alice.say("Note to self", visibility="direct"),
    ]
    stranger, author = await firm.browser(bob), await firm.browser(alice)

    for status in hidden:
        assert (await stranger.get(f"/@alice/{status['id']}")).status == 404
        assert (await stranger.get(f"/t/{status['id']}")).status == 404
        assert (await author.get(f"/@alice/{status['id']}")).status == 200


async def test_the_page_says_for_whom_a_post_is(firm: Firm, alice: App, sites: Document) -> None:
    browser = await firm.browser(alice)
    shared = await alice.say("@sites Night shifts?")
    own = await alice.say("For those who follow me")
    direct = await alice.say("Note to self", visibility="direct")

    assert "In the community" in (await browser.get(f"/@alice/{shared['id']}")).text
    assert "For those who follow its author." in (await browser.get(f"/@alice/{own['id']}")).text
    assert "For the people whom it mentions" in (await browser.get(f"/@alice/{direct['id']}")).text


async def test_a_warning_is_opened_without_scripts(firm: Firm, alice: App) -> None:
    status = await alice.say("The end", spoiler_text="About <a film>")

    page = await (await firm.browser(alice)).get(f"/@alice/{status['id']}")

    assert "<details><summary><bdi>About &lt;a film&gt;</bdi></summary>" in page.text


async def test_an_edit_is_marked(firm: Firm, alice: App) -> None:
    status = await alice.say("First words")
    firm.clock.advance(days=1)
    await alice.put(f"/api/v1/statuses/{status['id']}", status="Other words")

    page = await (await firm.browser(alice)).get(f"/@alice/{status['id']}")

    assert "edited on 1 February 2026" in page.text
    assert "First words" not in page.text


async def test_a_deleted_post_is_gone(firm: Firm, alice: App) -> None:
    status = await alice.say("Not for long")
    await alice.delete(f"/api/v1/statuses/{status['id']}")

    assert (await (await firm.browser(alice)).get(f"/@alice/{status['id']}")).status == 404


async def test_the_address_of_an_object_leads_browsers_to_the_page(firm: Firm, alice: App) -> None:
    status = await alice.say("By its id")
    browser = await firm.browser(alice)

    first = await browser.get(f"/objects/{status['id']}")
    second = await browser.follow(first)

    assert (first.status, second.location) == (303, f"/@alice/{status['id']}")
    assert "By its id" in (await browser.follow(second)).text


async def test_the_address_in_the_api_is_the_page(firm: Firm, alice: App, sites: Document) -> None:
    status = await alice.say("@sites Night shifts?")
    browser = await firm.browser(alice)

    for address in (status["url"], status["account"]["url"], sites["url"]):
        assert (await browser.get(address.removeprefix("http://home.test"))).status == 200


async def test_who_asked_accepts_an_answer_and_takes_that_back(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    asked = await bob.say("@sites Night shifts?")
    answer = await alice.answer(asked, "Let them draw the rota")
    await bob.answer(asked, "More answers are welcome")
    thread, browser = f"/@bob/{asked['id']}", await firm.browser(bob)

    await press(browser, thread, f"/t/{answer['id']}/accept")
    accepted = (await browser.get(thread)).text
    await press(browser, f"/@alice/{answer['id']}", f"/t/{asked['id']}/reopen")
    reopened = (await browser.get(thread)).text

    first = accepted.partition('id="accepted"')[2].partition('id="replies"')[0]
    assert "Let them draw the rota" in first
    assert "Answered" in accepted
    assert 'id="accepted"' not in reopened
    assert "Answered" not in reopened


async def test_nobody_else_accepts_an_answer(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    asked = await bob.say("@sites Night shifts?")
    answer = await alice.answer(asked, "Let them draw the rota")
    told = await alice.say("@sites We changed the rota")
    await bob.answer(told, "When?")
    asker, other = await firm.browser(bob), await firm.browser(alice)
    form = (await asker.get(f"/@bob/{asked['id']}")).forms
    assert any(one.action.endswith("/accept") for one in form)

    seen = (await other.get(f"/@bob/{asked['id']}")).text
    csrf = seen.partition('name="csrf" value="')[2].partition('"')[0]
    refused = [
        (await other.post(f"/t/{answer['id']}/accept", {"csrf": csrf})).status,
        (await other.post(f"/t/{asked['id']}/reopen", {"csrf": csrf})).status,
        (await other.post("/t/999/accept", {"csrf": csrf})).status,
        (await other.post(f"/t/{answer['id']}/accept", {})).status,
    ]

    assert refused == [403, 403, 404, 403]
    assert "/accept" not in seen
    assert "/accept" not in (await other.get(f"/@alice/{told['id']}")).text


async def test_why_a_reply_is_refused_is_said_in_the_readers_language(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    asked = await bob.say("@sites Night shifts?")
    await alice.call("PATCH", f"/api/entrepairs/v1/threads/{asked['id']}", json={"is_closed": True})
    browser = await firm.browser(bob)
    page = await browser.get(f"/@bob/{asked['id']}")
    form = next(one for one in page.forms if one.action == f"/t/{asked['id']}/reply")

    said = form.fields | {"text": "One more thing"}
    refused = await browser.post(form.action, said, **{"Accept-Language": "fr"})

    assert refused.status == 403
    assert "Ce fil est fermé" in refused.text


async def test_why_a_thread_is_refused_is_said_in_the_readers_language(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    await firm.community("plans", host=alice)
    browser = await firm.browser(bob)
    form = next(one for one in (await browser.get("/c/sites/post")).forms if one.action == "/c/sites/post")

    said = form.fields | {"title": "For @plans too?"}
    refused = await browser.post(form.action, said, **{"Accept-Language": "fr"})

    assert refused.status == 422
    assert "celui-ci nomme @sites, @plans" in refused.text
