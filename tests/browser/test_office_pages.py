"""Every page of the administration in a real browser: accessible in both languages, as wide as a phone, by role.

With `SCREENSHOTS=folder` pictures of each are kept, at two widths, light and dark.
"""

import asyncio
from urllib.parse import quote

import pytest
from playwright.async_api import Browser

from server.admin.routes import ROUTES
from tests.browser.chromium import DESK, PHONE, visitor
from tests.browser.world import World
from tests.support.firm import App

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACES = {
    "{name}": ("bob", "zoe"),
    "{host}": ("beta.test", "gamma.test"),
    "{id}": ("",),
    "{community}": ("sites", "quiet"),
}
AUDITORS_ALONE = ("/admin/cases", "/admin/requests", "/admin/unsealing")
ASKED_FOR = {"/admin/agreements/beta.test/posts": "?person=yves&community=ideas"}
NOT_PAGES = ("/gamma.test/posts", "/document", "/certificate", "/gamma.test/receipts", "/admin/federation/gamma.test")


def addresses(world: World) -> list[str]:
    """Every page, with something in it."""
    found: list[str] = []
    for method, path, _ in ROUTES:
        if method != "GET" or path == "/admin":
            continue
        fillings = next((PLACES[name] for name in PLACES if name in path), ("",))
        for filling in fillings:
            number = world.numbers.get(path.partition("/{id}")[0].rpartition("/")[2], world.report_id)
            whole = (
                path.replace("{name}", filling)
                .replace("{host}", filling)
                .replace("{community}", filling)
                .replace("{id}", number)
            )
            found.append(whole)
    return [path + ASKED_FOR.get(path, "") for path in found if not path.endswith(NOT_PAGES)] + [
        "/admin/audit?verify=1",
        "/admin/people?q=~",
        "/admin/retention?threads=100&bin=10",
    ]


async def look(chromium: Browser, axe: str, world: World, who: App, language: str, width: int) -> list[str]:
    """What is wrong with any page, as this person sees it."""
    wrong: list[str] = []
    async with visitor(chromium, world.firm, who, language=language, width=width) as window:
        for path in addresses(world):
            status = await window.open(path)
            if status != 200:
                assert who is world.dora or path.startswith(AUDITORS_ALONE), (path, status)
                continue
            wrong += [f"{path} {language}: {one}" for one in await window.violations(axe)]
            if not await window.is_as_wide_as_the_window():
                wrong.append(f"{path} {language}: wider than {width}")
            await window.see(f"{who.name}-{language}-{quote(path.removeprefix('/admin/'), safe='')}")
            await window.page.set_viewport_size({"width": width, "height": 800})
    return wrong


async def test_no_page_has_anything_that_axe_finds_wrong(chromium: Browser, axe: str, firm_world: World) -> None:
    """WCAG 2.2 AA as far as a program can tell; both languages, as administrator and as auditor, phone and desk."""
    found = await asyncio.gather(
        look(chromium, axe, firm_world, firm_world.olga, "fr", PHONE),
        look(chromium, axe, firm_world, firm_world.dora, "en", DESK),
        look(chromium, axe, firm_world, firm_world.olga, "en", DESK),
    )

    assert "\n".join(one for wrong in found for one in wrong) == ""


async def test_a_host_a_member_and_a_stranger_get_a_plain_refusal(
    chromium: Browser, axe: str, firm_world: World
) -> None:
    people = firm_world.people
    for who, title in ((people["alice"], "not for you"), (people["bob"], "not for you"), (None, "Sign in")):
        async with visitor(chromium, firm_world.firm, who) as window:
            await window.open("/admin/people")

            assert title in await window.page.title()
            assert await window.violations(axe) == []


async def test_somebody_is_suspended_and_let_in_again_by_the_keyboard_alone(
    chromium: Browser, firm_world: World
) -> None:
    async with visitor(chromium, firm_world.firm, firm_world.olga) as window:
        page = window.page
        await window.open("/admin/people/yves")
        await page.get_by_text("Suspend the account").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_role("status").wait_for()
        assert "The account is suspended" in await page.inner_text("main")

        await page.get_by_role("button", name="Resume the account").focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("The account is open again").wait_for()


async def test_somebody_is_withdrawn_from_a_partners_community_and_then_what_they_wrote_there(
    chromium: Browser, firm_world: World
) -> None:
    """J9, section 9: by clicks; how much would go is seen before it goes, and then nothing is left to take back."""
    async with visitor(chromium, firm_world.firm, firm_world.olga) as window:
        page = window.page
        await window.open("/admin/agreements/beta.test")
        await page.get_by_text("Withdraw somebody of this firm").click()
        form = page.locator("form[action$='/withdraw']")
        await form.get_by_label("Name of the person").fill("yves")
        await form.get_by_label("Name of the community there").fill("ideas")
        await form.get_by_role("button", name="Withdraw the person").click()
        assert "a member no more" in await page.get_by_role("status").inner_text()
        assert "ideas" in await page.locator("section[aria-labelledby=withdrawn]").inner_text()

        for left in (1, 0):
            await page.get_by_text("Take back what somebody of this firm wrote there").click()
            form = page.locator("form[action$='/posts']")
            await form.get_by_label("Name of the person").fill("yves")
            await form.get_by_role("button", name="Look how much that is").click()
            await page.get_by_role("heading", name="Posts of yves at beta.test").wait_for()
            if left:
                await page.get_by_role("button", name="Delete 1 post").click()
                assert "called back there" in await page.get_by_role("status").inner_text()
        assert "no posts there" in await page.inner_text("main")
