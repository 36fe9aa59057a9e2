"""Pages for everybody in a real browser: accessible in both languages, as wide as a phone; a thread by the keyboard."""

import asyncio

import pytest
from playwright.async_api import Browser

from server.notify.digest_letter import stop_path
from tests.browser.chromium import DESK, PHONE, visitor
from tests.browser.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATHS = (
    "/",
    "/me",
    "/me/data",
    "/me/appeals",
    "/communities",
    "/communities?q=zz",
    "/communities/~trial",
    "/c/tryout?done=opened",
    "/c/tryout/desk",
    "/c/tryout/settings",
    "/c/asking/desk?done=asked",
    "/c/over",
    "/c/over/desk",
    "/c/sites",
    "/c/sites?done=join",
    "/c/sites/ask",
    "/c/sites/post",
    "/c/ask",
    "/c/sites/members",
    "/c/ask/members?done=invite",
    "/c/sites/desk",
    "/c/ask/desk",
    "/c/ask/requests",
    "/c/sites/settings",
    "/c/ask/settings?done=openness",
    "/c/sites/log",
    "/c/sites/health",
    "/c/ask/health",
    "/search",
    "/search?q=night",
    "/search?q=zz",
    "/partners",
    "/help/transparency",
)


async def look(chromium: Browser, axe: str, world: World, language: str, width: int) -> list[str]:
    """What is wrong with any page, as the host sees it."""
    wrong: list[str] = []
    async with visitor(chromium, world.firm, world.people["alice"], language=language, width=width) as window:
        stop = stop_path(world.firm.runtime.vault, int(world.people["alice"].id))
        for path in (*PATHS, f"/t/{world.thread['id']}", stop):
            assert await window.open(path) == 200, path
            wrong += [f"{path} {language}: {one}" for one in await window.violations(axe)]
            if not await window.is_as_wide_as_the_window():
                wrong.append(f"{path} {language}: wider than {width}")
            name = "digest_stop" if path == stop else path.strip("/").replace("/", "_").replace("?", "-") or "home"
            await window.see(f"member-{language}-{name}")
            await window.page.set_viewport_size({"width": width, "height": 800})
    return wrong


async def test_no_page_has_anything_that_axe_finds_wrong(chromium: Browser, axe: str, firm_world: World) -> None:
    """WCAG 2.2 AA as far as a program can tell; both languages, phone and desk."""
    found = await asyncio.gather(
        look(chromium, axe, firm_world, "fr", PHONE), look(chromium, axe, firm_world, "en", DESK)
    )

    assert "\n".join(one for wrong in found for one in wrong) == ""


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_whoever_asked_finds_nothing_wrong_either(
    chromium: Browser, axe: str, firm_world: World, language: str
) -> None:
    """Buttons that the host has not: accepting an answer; what is heard begins with what is seen (WCAG 2.5.3)."""
    async with visitor(chromium, firm_world.firm, firm_world.people["bob"], language=language, width=PHONE) as window:
        await window.open(f"/t/{firm_world.thread['id']}")

        assert await window.page.locator("form[action$='/accept']").count() == 1
        assert await window.violations(axe) == []


async def test_a_thread_is_opened_by_the_keyboard_alone(chromium: Browser, firm_world: World) -> None:
    async with visitor(chromium, firm_world.firm, firm_world.people["bob"]) as window:
        page = window.page
        await window.open("/c/sites/post")
        await page.get_by_label("First line").focus()
        await page.keyboard.type("Who has a spare forklift?")
        await page.keyboard.press("Tab")
        await page.keyboard.type("For a week.")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_role("status").wait_for()

        assert "Who has a spare forklift?" in await page.inner_text("main")


async def test_answered_questions_are_shown_while_one_is_typed_and_not_once_more(
    chromium: Browser, firm_world: World
) -> None:
    """The script of the page asks, as far as the policy lets it; what it showed is no step of its own any more."""
    alice, bob = (firm_world.people[name] for name in ("alice", "bob"))
    asked = await bob.say("@sites Who calibrates torque wrenches?")
    reply = await alice.answer(asked, "The workshop in hall two")
    await bob.put(f"/api/entrepairs/v1/threads/{asked['id']}/answer", status_id=reply["id"])
    async with visitor(chromium, firm_world.firm, alice) as window:
        page = window.page
        await window.open("/c/sites/post")
        await page.get_by_label("First line").fill("Calibrating torque wrenches: where?")
        await page.locator("[data-found]").get_by_role("link", name="Who calibrates torque wrenches?").wait_for()
        await window.see("member-en-similar")
        await page.get_by_role("button", name="Publish").click()
        await page.get_by_text("Your thread is there.").wait_for()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [320, PHONE, 600, DESK])
async def test_the_head_is_one_row_of_things_that_a_thumb_can_hit(
    chromium: Browser, firm_world: World, language: str, width: int
) -> None:
    """Also with the fifth link, that of administrators; the words of each are seen (WCAG 2.5.3, 2.5.8)."""
    async with visitor(chromium, firm_world.firm, firm_world.olga, language=language, width=width) as window:
        await window.open("/communities")
        head = await window.page.locator("header.top").bounding_box()
        links = window.page.locator("header.top nav a")
        boxes = [await links.nth(place).bounding_box() for place in range(await links.count())]

        assert head is not None
        assert head["height"] < 66
        assert len(boxes) == 5
        for box in boxes:
            assert box is not None
            assert box["height"] >= 44
            assert box["width"] >= 40
            assert 0 <= box["x"] <= width - box["width"]
        for place in range(len(boxes)):
            assert (await links.nth(place).inner_text()).strip()
        assert await window.is_as_wide_as_the_window()
