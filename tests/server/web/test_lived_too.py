"""I lived this too: on a question, by members, how many and not who; in apps it is the favourite (product J5)."""

from tests.server.admin.desk import pressed
from tests.support.firm import App, Document, Firm

BUTTON = "I lived this too</button>"


async def test_somebody_says_so_on_the_page_and_takes_it_back(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    asked = await alice.say("@sites Night shifts?")
    page, form = f"/@alice/{asked['id']}", f"/t/{asked['id']}/lived"
    browser = await firm.browser(bob)

    said = await browser.follow(await pressed(browser, page, form))

    assert "1 person lived this too" in said.text
    assert "favourite" not in said.text
    assert BUTTON not in said.text
    assert (await bob.get(f"/api/v1/statuses/{asked['id']}"))["favourited"] is True
    taken_back = await browser.follow(await pressed(browser, said, form))
    assert BUTTON in taken_back.text
    assert "lived this too</span>" not in taken_back.text


async def test_the_favourite_of_an_app_is_the_same_and_others_see_how_many(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    carol = await firm.person("carol")
    await carol.follow(sites)
    asked = await alice.say("@sites Night shifts?")
    path = f"/api/entrepairs/v1/threads/{asked['id']}"
    await carol.post(f"/api/v1/statuses/{asked['id']}/favourite")

    said = await bob.put(f"{path}/lived-too")

    assert (said["lived_too"], said["has_lived_too"]) == (2, True)
    seen = await alice.get(path)
    assert (seen["lived_too"], seen["has_lived_too"]) == (2, False)
    shown = await (await firm.browser(alice)).get("/c/sites")
    assert "2 people lived this too" in shown.text
    for _ in range(2):
        assert (await bob.delete(f"{path}/lived-too"))["lived_too"] == 1


async def test_it_is_said_of_questions_by_members_and_not_by_who_asked(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    stranger = await firm.person("carol")
    asked, told = await alice.say("@sites Night shifts?"), await alice.say("@sites We are two short")
    board = await firm.community("board", host=alice, visibility="private")
    hidden = await alice.say("@board Who leaves?")
    question, other, secret = (f"/api/entrepairs/v1/threads/{one['id']}/lived-too" for one in (asked, told, hidden))

    tries = [(bob, other, 404), (alice, question, 409), (stranger, question, 403), (bob, secret, 404)]

    assert [(await who.call("PUT", path)).status for who, path, _ in tries] == [status for _, _, status in tries]
    assert (await bob.call("PUT", question)).status == 200
    for who in (alice, stranger):
        assert BUTTON not in (await (await firm.browser(who)).get(f"/@alice/{asked['id']}")).text
    assert BUTTON not in (await (await firm.browser(bob)).get(f"/@alice/{told['id']}")).text
    assert board["id"] not in (await bob.call("PUT", secret)).error


async def test_a_form_by_hand_is_refused_in_words(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    asked = await bob.say("@sites Night shifts?")
    browser = await firm.browser(bob)
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]

    own = await browser.post(f"/t/{asked['id']}/lived", {"csrf": csrf, "lived": "on"}, Accept="text/html")

    assert own.status == 422
    assert "It is your own question" in own.text
