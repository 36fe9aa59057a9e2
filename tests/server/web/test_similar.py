"""Answered questions like the one that is asked: which are found, who finds them, and the step of the form."""

import json
from typing import Any

import pytest

from models.gate import Person
from models.queries import similar
from tests.server.admin.desk import press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.statements import counted

NEW = "How should we plan night shifts?"


async def answered(asker: App, helper: App, text: str) -> str:
    """A question with an accepted answer."""
    asked = await asker.say(text)
    reply = await helper.answer(asked, "Let them draw lots")
    await asker.put(f"/api/entrepairs/v1/threads/{asked['id']}/answer", status_id=reply["id"])
    return str(asked["id"])


async def alike(app: App, community: Document, text: str = NEW) -> list[str]:
    found = await app.get(f"/api/entrepairs/v1/communities/{community['id']}/similar", text=text)
    return [one["id"] for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("How do you run the night shifts?", ["run", "night", "shift"]),
        ("Comment organisez-vous les équipes de nuit ?", ["organisez", "equipe", "nuit"]),
        ("What do you do about it?", []),
        ("Qui peut nous aider ?", ["aider"]),
        ("night nights NIGHT", ["night"]),
        ('\0 " OR * :', []),
    ],
)
def test_telling_words_are_those_that_few_questions_have(text: str, found: list[str]) -> None:
    assert similar.telling(text) == found


def test_at_most_eight_words_are_looked_for_the_longest_of_them() -> None:
    many = " ".join("x" * length for length in range(3, 15))

    assert [len(one) for one in similar.telling(many)] == list(range(7, 15))


async def test_answered_questions_that_share_two_words_are_found_the_closest_first(
    alice: App, bob: App, sites: Document
) -> None:
    close = await answered(bob, alice, "@sites Who plans the night shifts here?\n\nIt is about nights.")
    near = await answered(bob, alice, "@sites Do night trains suit you?\n\nAs a shift begins at five.")
    await answered(bob, alice, "@sites Which night bus?")
    await bob.say("@sites How do you plan night shifts, which nobody has answered?")
    await bob.say("@sites We plan night shifts by lot")

    assert await alike(alice, sites) == [close, near]
    assert await alike(alice, sites, "nights?")
    assert await alike(alice, sites, "what is it about?") == []


async def test_those_of_this_community_come_before_closer_ones_elsewhere_and_five_are_enough(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    plans = await firm.community("plans", host=alice)
    await bob.follow(plans)
    elsewhere = await answered(alice, bob, "@plans How should we plan night shifts?")
    here = [await answered(bob, alice, f"@sites Night shift number {number}?") for number in range(4)]

    assert await alike(bob, sites) == [*here[::-1], elsewhere]
    here.append(await answered(bob, alice, "@sites Night shift again?"))
    assert await alike(bob, sites) == here[::-1]


async def test_nobody_is_shown_what_they_may_not_read_or_do_not_care_to(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T149: the words of a private community lead nowhere."""
    board = await firm.community("board", host=alice, visibility="private")
    carol = await firm.person("carol")
    await alice.post(f"/api/entrepairs/v1/communities/{board['id']}/invitations", account_id=carol.id)
    await carol.follow(board)
    hidden = await answered(alice, carol, "@board How do we plan the secret night shifts?")
    seen = await answered(bob, alice, "@sites Night shifts: who plans?")

    assert await alike(alice, sites) == [seen, hidden]
    assert await alike(bob, sites) == [seen]
    path = f"/api/entrepairs/v1/communities/{board['id']}/similar"
    assert (await bob.call("GET", path, query={"text": NEW})).status == 404
    browser = await firm.browser(bob)
    asked = {"title": "night shifts", "csrf": (await browser.get("/me")).forms[0].fields["csrf"]}
    assert (await browser.post("/c/board/similar", asked)).status == 404
    await alice.post(f"/api/v1/accounts/{bob.id}/mute")
    assert await alike(alice, sites) == [hidden]


@pytest.mark.parametrize("query", [{}, {"text": ""}, {"text": "x" * 1001}])
async def test_a_question_that_is_none_is_refused(alice: App, sites: Document, query: dict[str, str]) -> None:
    answer = await alice.call("GET", f"/api/entrepairs/v1/communities/{sites['id']}/similar", query=query)

    assert answer.status == 422


@pytest.mark.parametrize("text", ["x" * 1000, 'a\'b "c" (d) & | ! : * zqc1 night -shift', "夜勤 の 計画"])
async def test_whatever_is_typed_is_words(firm: Firm, alice: App, sites: Document, text: str) -> None:
    assert await alike(alice, sites, text) == []


async def test_a_question_is_shown_what_there_is_before_it_is_published(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    known = await answered(bob, alice, "@sites Who plans <night> shifts?")
    browser = await firm.browser(alice)

    first = await press(browser, "/c/sites/ask", "/c/sites/post", title=NEW, text="We are two short.")

    assert first.status == 200
    assert f'<a href="/t/{known}"><bdi>Who plans &lt;night&gt; shifts?</bdi></a>' in first.text
    assert "We are two short." in first.text
    assert "Ask anyway" in first.text
    assert NEW not in (await (await firm.browser(bob)).get("/c/sites")).text
    posted = await pressed(browser, first, "/c/sites/post")
    assert "Your thread is there." in posted.text
    assert NEW in posted.text


async def test_what_is_no_question_and_what_nothing_is_like_is_published_at_once(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    await answered(bob, alice, "@sites Who plans night shifts?")
    browser = await firm.browser(alice)

    for title in ("We plan night shifts by lot", "Which forklift for narrow halls?"):
        assert "Your thread is there." in (await pressed(browser, "/c/sites/post", "/c/sites/post", title=title)).text
    tagged = await press(browser, "/c/sites/post", "/c/sites/post", title="Night shifts, plan", text="#question")
    assert tagged.status == 200


async def test_the_page_carries_the_script_that_asks_for_whoever_may_write(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    known = await answered(bob, alice, "@sites Who plans night shifts?")
    member, stranger = await firm.browser(alice), await firm.browser(await firm.person("carol"))

    page, other = await member.get("/c/sites/ask"), await stranger.get("/c/sites")

    assert "script-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].endswith("; connect-src 'self'")
    assert "script-src" not in other.headers["Content-Security-Policy"]
    assert "<script>" not in other.text
    asked = {"title": "night shifts", "csrf": page.forms[0].fields["csrf"]}
    found: Any = json.loads((await member.post("/c/sites/similar", asked)).text)
    assert found == [{"title": "Who plans night shifts?", "href": f"/t/{known}", "community": "Sites"}]
    assert (await member.post("/c/sites/similar", {"title": "night shifts"})).status == 403
    assert (await (await firm.browser()).post("/c/sites/similar", asked)).status == 403


async def test_it_costs_the_same_however_much_is_found(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    for number in range(3):
        await answered(bob, alice, f"@sites Night shift number {number}?")

    with counted(firm.runtime.db) as statements:
        async with firm.runtime.db.read() as tx:
            await similar.answered(tx, NEW, Person(int(alice.id)), int(sites["id"]), firm.clock.now())

    assert len(statements.statements) <= 4
