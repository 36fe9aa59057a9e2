"""What authors and those who lead a community do with a thread from its page (product J8, section 9)."""

import pytest

from tests.server.admin.desk import press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser


@pytest.fixture
async def thread(bob: App, sites: Document) -> str:
    """The address of a thread of bob's, in a community that alice hosts."""
    said = await bob.say("@sites Night shifts\n\nWe lose people.")
    return f"/@bob/{said['id']}"


def acts(page: Answer) -> set[str]:
    """What the page offers to do with the post."""
    return {form.fields["act"] for form in page.forms if form.action.endswith("/tend")}


async def tend(browser: Browser, thread: str, act: str, **fields: str) -> Answer:
    """Press the button of an act, and come to the page that it leads to."""
    number = thread.rpartition("/")[2]
    page = await browser.get(thread)
    form = next(one for one in page.forms if one.fields.get("act") == act)
    answer = await browser.post(f"/t/{number}/tend", form.fields | fields)
    while answer.status == 303:
        answer = await browser.follow(answer)
    return answer


async def test_a_page_offers_what_its_reader_may_do(firm: Firm, alice: App, bob: App, thread: str) -> None:
    """T128, product section 9: host, moderator, author, member."""
    carol, dan = await firm.person("carol"), await firm.person("dan")
    for one in (carol, dan):
        await one.follow(await one.get("/api/v1/accounts/lookup?acct=sites"))
    host = await firm.browser(alice)
    await pressed(host, "/c/sites/settings", "/c/sites/settings/role", person="carol", role="moderator")

    found = {one.name: acts(await (await firm.browser(one)).get(thread)) for one in (alice, bob, carol, dan)}

    assert found == {
        "alice": {"lock", "pin", "question", "label", "remove"},
        "bob": {"label", "delete"},
        "carol": {"lock", "remove"},
        "dan": set(),
    }


async def test_a_host_closes_pins_and_marks_a_thread_and_takes_it_back(
    firm: Firm, alice: App, bob: App, thread: str
) -> None:
    host, author = await firm.browser(alice), await firm.browser(bob)

    assert "Closed: only those who lead" in (await tend(host, thread, "lock")).text
    refused = await press(author, thread, f"/t/{thread.rpartition('/')[2]}/reply", text="And now?")
    assert refused.status == 403
    assert "Pinned on top" in (await tend(host, thread, "pin")).text
    assert "It is a question now." in (await tend(host, thread, "question")).text
    shown = (await author.get("/c/sites")).text
    assert shown.index(">Pinned<") < shown.index("Night shifts")
    assert acts(await host.get(thread)) == {"unlock", "unpin", "no-question", "label", "remove"}

    for act in ("unlock", "unpin", "no-question"):
        await tend(host, thread, act)
    assert acts(await host.get(thread)) == {"lock", "pin", "question", "label", "remove"}
    assert ">Pinned<" not in (await author.get("/c/sites")).text


async def test_a_host_moves_a_thread_to_another_community_that_they_lead(
    firm: Firm, alice: App, bob: App, thread: str
) -> None:
    nights = await firm.community("nights", host=alice, visibility="private")
    await firm.community("others", host=bob)
    host, author = await firm.browser(alice), await firm.browser(bob)
    refused = await tend(host, thread, "move", community=nights["id"], reason="Nights")
    await alice.post(f"/api/entrepairs/v1/communities/{nights['id']}/invitations", account_id=bob.id)
    await bob.follow(nights)
    mute = await tend(host, thread, "move", community=nights["id"], reason=" ")
    none = await tend(host, thread, "move", community="x", reason="Nights")
    moved = await tend(host, thread, "move", community=nights["id"], reason="It is about nights")

    assert [one.status for one in (refused, mute, none, moved)] == [422, 422, 422, 200]
    assert "could not read on" in refused.text
    assert "Moved. The author is told why." in moved.text
    assert "Night shifts" in (await author.get("/c/nights")).text
    assert "Night shifts" not in (await author.get("/c/sites")).text
    for name in ("sites", "nights"):
        assert "It is about nights" in (await host.get(f"/c/{name}/log")).text
    assert "move" not in acts(await author.get(thread))


async def test_a_host_makes_a_thread_of_an_answer(firm: Firm, alice: App, bob: App, thread: str) -> None:
    answer = await bob.answer({"id": thread.rpartition("/")[2]}, "And who pays the taxi?")
    host, author = await firm.browser(alice), await firm.browser(bob)
    address = f"/@bob/{answer['id']}"

    offered = acts(await host.get(address)), acts(await author.get(address)), acts(await host.get(thread))
    done = await tend(host, address, "split", reason="Another subject")

    assert ["split" in one for one in offered] == [True, False, False]
    assert "A thread of its own now." in done.text
    assert "Night shifts" not in done.text
    assert "who pays the taxi" not in (await author.get(thread)).text
    assert "who pays the taxi" in (await author.get("/c/sites")).text


async def test_a_label_is_raised_and_never_lowered(firm: Firm, alice: App, bob: App, thread: str) -> None:
    host, author = await firm.browser(alice), await firm.browser(bob)
    stale = await author.get(thread)
    form = next(one for one in stale.forms if one.fields.get("act") == "label")

    assert "The label is raised" in (await tend(host, thread, "label", label="1")).text
    again = await author.post(form.action, form.fields | {"label": "0"})
    none = await author.post(form.action, form.fields | {"label": "9"})

    assert "Restricted" in (await author.get(thread)).text
    assert (again.status, none.status) == (422, 422)


async def test_a_post_is_taken_out_with_a_reason(firm: Firm, alice: App, bob: App, thread: str) -> None:
    host = await firm.browser(alice)

    mute = await tend(host, thread, "remove", reason=" ")
    gone = await tend(host, thread, "remove", reason="It names a client")

    assert mute.status == 422
    assert "Say why" in mute.text
    assert "Taken out. The author is told why." in gone.text
    assert (await host.get(thread)).status == 404
    assert "It names a client" in (await host.get("/c/sites/log")).text


async def test_an_author_deletes_a_thread_and_an_answer(firm: Firm, alice: App, bob: App, thread: str) -> None:
    answer = await bob.answer({"id": thread.rpartition("/")[2]}, "It got worse")
    author = await firm.browser(bob)

    after_answer = await tend(author, f"/@bob/{answer['id']}", "delete")
    after_thread = await tend(author, thread, "delete")

    assert "Deleted, and called back" in after_answer.text
    assert "Night shifts" in after_answer.text
    assert "Deleted, and called back" in after_thread.text
    assert (await author.get(thread)).status == 404


@pytest.mark.parametrize(
    "act", ["lock", "pin", "question", "label", "remove", "delete", "unlock", "split", "move", "nonsense", ""]
)
async def test_nobody_does_what_is_not_theirs(
    firm: Firm, alice: App, bob: App, thread: str, act: str, sites: Document
) -> None:
    """T128: the form is made up by somebody who may not."""
    dan = await firm.person("dan")
    await dan.follow(sites)
    browser = await firm.browser(dan)
    token = (await browser.get("/me")).forms[0].fields["csrf"]
    wish = {"csrf": token, "act": act, "label": "2", "reason": "I want to", "community": sites["id"]}

    answer = await browser.post(f"/t/{thread.rpartition('/')[2]}/tend", wish)

    assert answer.status in (403, 404)
    assert (await (await firm.browser(bob)).get(thread)).status == 200


async def test_a_fourth_pin_is_refused_in_words(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    host = await firm.browser(alice)
    threads = [f"/@bob/{(await bob.say(f'@sites Thread {number}'))['id']}" for number in range(4)]

    answers = [await tend(host, one, "pin") for one in threads]

    assert [one.status for one in answers] == [200, 200, 200, 422]
    assert "3 threads are pinned already" in answers[-1].text
