"""An app in a browser, of another site than the server: masto, the library of such apps, as npm has it.

What only a browser shows: requests across sites with their preflights, a policy that does not stop the way back from
the form of the sign-in, a window that its opener may look into, and a token as a subprotocol. No app of that kind that
people use is in a registry.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from argon2 import PasswordHasher
from playwright.async_api import Browser, Page, expect

from models.migrate import upgrade
from models.writes import sessions as session_rows
from tests.browser.chromium import Visitor, new_page, running_chromium
from tests.foreign.node import installed
from tests.support import files
from tests.support.clock import FakeClock
from tests.support.firm import HOME, App, Firm, running_firm
from tests.support.listening import all_gone
from tests.support.ports import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "a password for tests of apps"
_PACKAGES = Path(__file__).parents[1] / "clients" / "npm"


@dataclass
class Scene:
    """The firm, the browser, and where the app is."""

    firm: Firm
    chromium: Browser
    app: str
    alice: App
    bob: App


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app_address() -> AsyncIterator[str]:
    """A site that has the app's files, and nothing else."""
    site, port = web.Application(), free_port()
    site.router.add_static("/packages", installed("npm-clients", _PACKAGES) / "node_modules")
    site.router.add_static("/app", Path(__file__).parent / "web_app")
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/app/"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory, app_address: str) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("web-app")
    url = f"sqlite+aiosqlite:///{folder}/entrepairs.db"
    await upgrade(url)
    async with running_firm(url, folder, FakeClock()) as firm:
        arguments = (
            f"--host-resolver-rules=MAP home.test 127.0.0.1:{firm.port}",
            f"--unsafely-treat-insecure-origin-as-secure={HOME}",
        )
        alice, bob = await firm.person("alice"), await firm.person("bob")
        await bob.follow(await firm.community("sites", host=alice))
        async with firm.runtime.db.write() as tx:
            password = PasswordHasher().hash(PASSWORD)
            await session_rows.change_password(tx, actor_id=int(bob.id), password_hash=password, now=firm.clock.now())
        for number in range(5):
            await alice.say(f"@sites Question {number}\n\nSee https://plan.example/{number} about #rota, @bob")
        async with running_chromium(*arguments) as chromium:
            yield Scene(firm, chromium, app_address, alice, bob)


async def signed_in(scene: Scene) -> Page:
    """The app, in which bob has signed in by the server's own pages in a window of their own."""
    await all_gone(scene.firm.hub)
    page = await new_page(scene.chromium, width=800, height=900)
    await page.goto(f"{scene.app}index.html")
    await page.get_by_label("Your server").fill(HOME)
    async with page.expect_popup() as opened:
        await page.get_by_role("button", name="Sign in").click()
    window = await opened.value
    await window.get_by_label("Name or e-mail address").fill("bob")
    await window.get_by_label("Password").fill(PASSWORD)
    await window.get_by_role("button", name="Sign in").click()
    await window.get_by_role("button", name="Authorize").click()
    await expect(page.locator("#me, #failed")).to_have_text("You are Bob @bob")

    async def listens() -> bool:
        return any(one.channels for one in scene.firm.hub.connections)

    await until(listens)
    return page


async def test_a_member_signs_in_reads_on_and_writes(scene: Scene, tmp_path: Path) -> None:
    page = await signed_in(scene)
    articles = page.locator("#home article")
    await expect(articles).to_have_count(2)
    for count in (4, 5):
        await page.get_by_role("button", name="More").click()
        await expect(articles).to_have_count(count)
    await expect(articles.first).to_contain_text("in Sites (group)")
    (tmp_path / "plan.png").write_bytes(files.picture())
    await page.get_by_label("Picture").set_input_files(tmp_path / "plan.png")
    await page.get_by_label("Text").fill("@sites Here is the plan")
    await page.get_by_role("button", name="Publish").click()

    # It comes by the stream.
    await expect(articles).to_have_count(6)
    await expect(articles.first).to_contain_text("Here is the plan")
    is_shown = "image => image.complete && image.naturalWidth > 0"
    picture = articles.first.get_by_alt_text("A plan")
    await expect(picture).to_be_visible()
    assert await picture.evaluate(f"image => image.decode().then(() => ({is_shown})(image))")
    await articles.nth(1).get_by_role("button").click()
    await expect(articles.nth(1).get_by_role("button")).to_have_text("Like (1)")
    await Visitor(page, scene.app).see("web-app")
    await page.context.close()


async def test_what_others_say_and_take_back_comes_by_the_stream_and_a_refusal_is_a_sentence(scene: Scene) -> None:
    page = await signed_in(scene)
    articles = page.locator("#home article")
    before = await articles.count()
    said = await scene.alice.say("@sites Just now")
    await expect(articles.first).to_contain_text("Just now")

    await scene.alice.delete(f"/api/v1/statuses/{said['id']}")
    await expect(articles).to_have_count(before)
    await page.get_by_label("Text").fill(" ")
    await page.get_by_role("button", name="Publish").click()

    await expect(page.get_by_role("alert")).to_have_text("Validation failed: Text can't be blank")
    await page.context.close()
