"""Pictures on pages: of posts, with what their authors say of them, and of people. No script is needed for any."""

import re

from tests.support import files
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser


async def loaded(browser: Browser, page: str) -> list[tuple[str, int, str]]:
    """Each picture of a page: its text, and what loading it brings."""
    found = []
    for address, text in re.findall(r'<img src="([^"]+)" alt="([^"]*)"', page):
        answer = await browser.get(address)
        found.append((text, answer.status, answer.headers["Content-Type"]))
    return found


async def test_a_post_shows_its_pictures_with_their_words(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    plan = await alice.attached(files.picture("PNG", (1200, 900)), description='Plan <of> the "hall"')
    film = await alice.attached(files.webm(), description="The line", thumbnail=files.picture())
    sound = await alice.attached(files.flac(), description="The hum")
    ids = [one["id"] for one in (plan, film, sound)]
    post = await alice.say("@sites Three of them #hall", media_ids=ids)
    browser = await firm.browser(bob)

    for path in (f"/@alice/{post['id']}", "/@sites", "/@alice", "/tags/hall"):
        page = (await browser.get(path)).text

        assert await loaded(browser, page) == [
            ("Plan &lt;of&gt; the &#34;hall&#34;", 200, "image/jpeg"),
            ("The line", 200, "image/jpeg"),
        ], path
        assert ">The hum</a>" in page
    links = re.findall(r'<li><a href="([^"]+)"><img', page)
    assert [(await browser.get(address)).headers["Content-Type"] for address in links] == ["image/png", "video/webm"]
    assert 'width="554" height="415"' in page


async def test_a_page_that_stays_open_loads_its_pictures_as_long_as_one_is_signed_in(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T162: the address is over, the session is not; it is worth nothing to anybody else."""
    plan = await alice.attached(files.picture())
    post = await alice.say("@sites Plan", media_ids=[plan["id"]])
    browser, other = await firm.browser(bob), await firm.browser(alice)
    (address,) = re.findall(r'<img src="([^"]+)"', (await browser.get(f"/@alice/{post['id']}")).text)
    firm.clock.advance(minutes=20)

    assert (await browser.get(address)).status == 200
    assert (await other.get(address)).status == 404
    assert (await (await firm.browser()).get(address)).status == 404


async def test_a_picture_behind_a_warning_is_not_shown_before_it(firm: Firm, alice: App, sites: Document) -> None:
    plan = await alice.attached(files.picture())
    post = await alice.say("@sites Plan", media_ids=[plan["id"]], spoiler_text="An accident")

    page = (await (await firm.browser(alice)).get(f"/@alice/{post['id']}")).text

    assert page.index("<details>") < page.index("An accident") < page.index("<img src=") < page.index("</details>")


async def test_a_profile_shows_its_face(firm: Firm, alice: App, bob: App) -> None:
    path = "/api/v1/accounts/update_credentials"
    await alice.send_file(files.picture(), path, method="PATCH", part="avatar")
    browser = await firm.browser(bob)

    page = (await browser.get("/@alice")).text

    (address,) = re.findall(r'<img class="avatar" src="([^"]+)" alt=""', page)
    assert (await browser.get(address)).headers["Content-Type"] == "image/png"
    assert "avatar" not in (await browser.get("/@bob")).text
