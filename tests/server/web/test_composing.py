"""/c/{handle}/ask and /post: what a composer says before somebody writes, and who is shown one (product section 5)."""

from datetime import timedelta

import pytest

from models.communities import LABELS
from models.writes import communities
from tests.server.admin.desk import press, pressed
from tests.support.discreet import ENOUGH, crowd
from tests.support.firm import App, Document, Firm
from tests.support.firm import clock_at_work as clock  # noqa: F401 - the fixture of this module

COMPOSERS = ("/c/sites/ask", "/c/sites/post")


async def label_of(app: App, thread: str) -> str:
    return str((await app.get(f"/api/entrepairs/v1/threads/{thread}"))["label"])


def newest(page: str, author: str) -> str:
    return page.partition(f'href="/@{author}/')[2].partition('"')[0]


async def test_the_page_of_a_community_leads_there_whoever_may_write(firm: Firm, alice: App, bob: App) -> None:
    member, stranger = await firm.browser(bob), await firm.browser(await firm.person("carol"))

    for path in COMPOSERS:
        assert path in (await member.get("/c/sites")).text
        assert path not in (await stranger.get("/c/sites")).text
        assert (await member.get(path)).status == 200
        led = await stranger.get(path)
        assert (led.status, led.location) == (303, "/c/sites")


async def test_where_hosts_alone_write_nobody_else_is_shown_a_composer(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    async with firm.runtime.db.write() as tx:
        await communities.change(tx, int(sites["id"]), {"hosts_only": True})

    for path in COMPOSERS:
        assert (await (await firm.browser(alice)).get(path)).status == 200
        assert (await (await firm.browser(bob)).get(path)).status == 303


async def test_of_a_private_community_there_is_none_for_strangers(firm: Firm, alice: App) -> None:
    """Threats T148."""
    await firm.community("board", host=alice, visibility="private")
    browser = await firm.browser(await firm.person("bob"))

    for end in ("ask", "post"):
        hidden, never = await browser.get(f"/c/board/{end}"), await browser.get(f"/c/nothing/{end}")
        assert (hidden.status, never.status) == (404, 404)
        assert hidden.text.replace("board", "nothing") == never.text


async def test_what_is_asked_is_a_question_however_its_first_line_ends(firm: Firm, bob: App) -> None:
    browser = await firm.browser(bob)

    asked = await pressed(browser, "/c/sites/ask", "/c/sites/post", title="Spare forklift wanted", text="For a week.")
    told = await pressed(browser, "/c/sites/post", "/c/sites/post", title="We have a forklift", text="To lend.")

    question = await bob.get(f"/api/entrepairs/v1/threads/{newest(asked.text, 'bob')}")
    note = await bob.get(f"/api/entrepairs/v1/threads/{newest(told.text, 'bob')}")
    assert (question["title"], question["is_question"]) == ("Spare forklift wanted", True)
    assert (note["title"], note["is_question"]) == ("We have a forklift", False)


async def test_what_asks_by_itself_gets_no_word_more(firm: Firm, bob: App) -> None:
    asked = await pressed(await firm.browser(bob), "/c/sites/ask", "/c/sites/post", title="Who has a forklift?")

    status = await bob.get(f"/api/v1/statuses/{newest(asked.text, 'bob')}")
    assert status["tags"] == []


async def test_a_label_is_raised_by_whoever_writes(firm: Firm, bob: App, alice: App) -> None:
    """Product section 3: told before it is posted."""
    browser = await firm.browser(bob)
    page = (await browser.get("/c/sites/post")).text

    raised = await pressed(browser, "/c/sites/post", "/c/sites/post", title="About our prices", label="2")
    plain = await pressed(browser, "/c/sites/post", "/c/sites/post", title="About the weather")

    assert page.count('type="radio" name="label"') == len(LABELS)
    assert page.count("Everybody at home.test who is signed in can read this.") == len(LABELS)
    assert await label_of(bob, newest(raised.text, "bob")) == LABELS[2]
    assert await label_of(bob, newest(plain.text, "bob")) == LABELS[0]


async def test_where_no_label_changes_who_reads_it_is_said_once(firm: Firm, alice: App) -> None:
    await firm.community("plans", host=alice, visibility="on-request")

    page = (await (await firm.browser(alice)).get("/c/plans/post")).text

    assert page.count('type="radio" name="label"') == len(LABELS)
    assert page.count("Its members can read this, and nobody else.") == 1


async def test_a_label_below_the_communitys_is_neither_offered_nor_taken(firm: Firm, bob: App, sites: Document) -> None:
    async with firm.runtime.db.write() as tx:
        await communities.change(tx, int(sites["id"]), {"label": 1})
    browser = await firm.browser(bob)

    page = (await browser.get("/c/sites/post")).text
    refused = await press(browser, "/c/sites/post", "/c/sites/post", title="Lower", text="Kept", label="0")

    assert [f'name="label" value="{one}"' in page for one in range(3)] == [False, True, True]
    assert (refused.status, "Kept" in refused.text) == (422, True)
    assert "a label can be raised and not lowered" in refused.text


@pytest.mark.parametrize("label", ["3", "x", "-1", ""])
async def test_a_label_that_there_is_not_is_none(firm: Firm, bob: App, label: str) -> None:
    said = await press(await firm.browser(bob), "/c/sites/post", "/c/sites/post", title="Plain", label=label)

    assert said.status == 303


async def test_whoever_writes_in_quiet_hours_reads_when_others_are_told(firm: Firm, bob: App) -> None:
    """Product section 7: on a Friday in Paris, at the last minute of work and one later."""
    browser, texts = await firm.browser(bob), []

    for span in (timedelta(days=4, hours=5, minutes=59), timedelta(minutes=1)):
        firm.clock.advance(seconds=span.total_seconds())
        texts.append((await browser.get("/c/sites/post")).text)

    assert "These are quiet hours" not in texts[0]
    assert "colleagues are told on Monday" in texts[1]
    assert "08:00" in texts[1]


async def test_a_discreet_question_has_the_label_of_its_community(firm: Firm, bob: App, sites: Document) -> None:
    await crowd(firm, sites, people=ENOUGH)
    browser = await firm.browser(bob)
    asked = {"title": "How do I lead my old boss?", "discreet": "on"}

    higher = await press(browser, "/c/sites/ask", "/c/sites/post", label="1", **asked)
    same = await press(browser, "/c/sites/ask", "/c/sites/post", label="0", **asked)

    assert (higher.status, "has the label of its community" in higher.text) == (422, True)
    assert 'name="discreet" value="on" aria-describedby="discreetly" checked' in higher.text
    assert same.status == 303


async def test_whoever_ticked_discreetly_finds_it_ticked_where_it_is_not_offered_any_more(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T242: between the two steps of the form nobody's name gets on what they asked without it."""
    known = await bob.say("@sites Who plans the night shifts here?")
    reply = await alice.answer(known, "The foreman")
    await bob.put(f"/api/entrepairs/v1/threads/{known['id']}/answer", status_id=reply["id"])
    browser = await firm.browser(bob)

    first = await press(browser, "/c/sites/post", "/c/sites/post", title="Who plans night shifts?", discreet="on")
    again = await press(browser, first, "/c/sites/post")

    assert (first.status, "Ask anyway" in first.text) == (200, True)
    assert (again.status, "have not allowed discreet questions" in again.text) == (422, True)
    assert "Who plans night shifts?" not in (await (await firm.browser(alice)).get("/c/sites")).text
