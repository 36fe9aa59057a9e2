"""Pages and files that are hidden are answered like what never was, and take as many statements (threats T148, T170).

Over every address of a page that names a community or a post: one that is new is in the walk by itself.
"""

from collections.abc import Mapping

from server.web.routes import ROUTES
from tests.support import files
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser
from tests.support.statements import of_each_request

NAMED = [(method, path) for method, path, _ in ROUTES if path.startswith(("/c/", "/t/", "/@"))]
MISSING = {"name": "nothing", "id": "999999999999999999"}
_PASSING = ("date", "x-request-id", "set-cookie", "content-length")


async def _answer(browser: Browser, method: str, path: str, values: Mapping[str, str], csrf: str) -> Answer:
    address = path.replace("{name}", values["name"]).replace("{id}", values["id"])
    if method == "GET":
        return await browser.get(address)
    return await browser.post(address, {"csrf": csrf, "act": "delete", "person": "1", "text": "Mine", "title": "Mine"})


def _seen(answer: Answer, values: Mapping[str, str]) -> tuple[int, str, list[tuple[str, str]]]:
    """Without what was asked for, which stands in some pages."""
    named = [(name, value) for name, value in answer.headers.items() if name.lower() not in _PASSING]
    text = answer.text.replace(f"/c/{values['name']}", "/c/").replace(f"/t/{values['id']}", "/t/")
    return answer.status, text, named


async def test_pages_of_a_private_community_are_those_of_one_that_never_was(firm: Firm, alice: App, bob: App) -> None:
    """For a stranger to it, somebody who was in it, and an administrator (T244)."""
    board = await firm.community("board", host=alice, visibility="private")
    rex, boss = await firm.person("rex"), await firm.person("boss", role="admin")
    await alice.call("POST", f"/api/entrepairs/v1/communities/{board['id']}/invitations", json={"account_id": rex.id})
    await rex.follow(board)
    hidden = {"name": "board", "id": (await alice.say("@board Figures?"))["id"]}
    assert (await (await firm.browser(rex)).get("/c/board")).status == 200
    await rex.post(f"/api/v1/accounts/{board['id']}/unfollow")

    with of_each_request(firm.runtime.db) as asked:
        for viewer in (bob, rex, boss):
            browser = await firm.browser(viewer)
            csrf = (await browser.get("/me")).forms[0].fields["csrf"]
            for method, path in NAMED:
                # The first one reads what is read once a second.
                asking = (MISSING, MISSING, hidden)
                answers = [await _answer(browser, method, path, one, csrf) for one in asking][1:]
                costs = [len(asked[answer.headers["X-Request-Id"]]) for answer in answers]

                seen = [_seen(*pair) for pair in zip(answers, (MISSING, hidden), strict=True)]
                assert seen[0] == seen[1], (viewer.name, method, path)
                assert answers[0].status == 404, (viewer.name, method, path)
                assert costs[0] == costs[1], (viewer.name, method, path, costs)


async def test_the_same_walk_finds_what_is_there(firm: Firm, alice: App, sites: Document) -> None:
    """Else it would show nothing."""
    known = {"name": "sites", "id": (await alice.say("@sites Figures?"))["id"]}
    browser = await firm.browser(alice)
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]

    pages = [path for method, path in NAMED if method == "GET" and path != "/@{name}/{id}"]
    found = {path: (await _answer(browser, "GET", path, known, csrf)).status for path in pages}

    assert {path: status for path, status in found.items() if status not in (200, 303)} == {}


async def test_an_address_of_a_file_does_not_tell_who_may_see_its_post(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T162: whoever asks needs no session to try one, and has no right code for it."""
    await firm.community("board", host=alice, visibility="private")
    file = await alice.attached(files.picture())
    post = await alice.say("@board Plan", media_ids=[file["id"]])
    until = int(firm.clock.now().timestamp()) + 600
    addresses = [
        f"http://home.test/media/posts/{number}/0/original/{who.id}-{until}-{'0' * 32}"
        for number in (post["id"], MISSING["id"])
        for who in (alice, bob)
    ]

    with of_each_request(firm.runtime.db) as asked:
        answers = [await firm.load(address) for address in addresses]
        costs = [len(asked[answer.headers["X-Request-Id"]]) for answer in answers]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1
    assert len(set(costs)) == 1, costs
