"""Windows of one browser in which people of several firms are signed in, worked by mouse or by the keyboard alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Page

from tests.browser.chromium import new_page
from tests.instances.offices import signed_in
from tests.support.instances import Instance

_FARTHEST: Final = 150
"""Presses of the Tab key after which a thing counts as out of reach."""

_FOCUSED = """() => {
    const found = document.activeElement
    if (!found || found === document.body) return null
    const labels = [...(found.labels || [])].map(one => one.innerText).join(" ")
    const looks = getComputedStyle(found)
    return {
        name: (found.getAttribute("aria-label") || labels || found.innerText || found.value || "").trim(),
        is_seen: looks.outlineStyle !== "none" || looks.boxShadow !== "none",
    }
}"""


class Window:
    """A person of a firm in front of the browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    async def open(self, path: str) -> None:
        """Type an address of the firm's server."""
        answer = await self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.status == 200, (path, answer.status)

    async def text(self) -> str:
        """What stands on the page beside its head and foot."""
        return await self.page.inner_text("main")

    async def follow(self, link: str) -> None:
        """Click a link by its words."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    async def unfold(self, summary: str) -> None:
        """Click on a heading under which a form lies."""
        await self.page.locator("summary", has_text=summary).click()

    async def press(self, button: str) -> str:
        """Click a button by its words; what the next page says."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("main").get_by_role("button", name=button).first.click()
        return await self.text()

    async def fill(self, **fields: str) -> None:
        """Fill fields by their names."""
        for name, value in fields.items():
            await self.page.locator(f"main [name='{name}']:visible").first.fill(value)

    async def fill_in(self, summary: str, **fields: str) -> str:
        """Fill the form that lies unfolded under a heading, and send it; what the next page says."""
        form = self.page.locator("details[open]", has_text=summary)
        for name, value in fields.items():
            await form.locator(f"[name='{name}']").fill(value)
        async with self.page.expect_navigation():
            await form.get_by_role("button").click()
        return await self.text()

    async def tab_to(self, name: str) -> None:
        """Press Tab until the focus is, for everybody to see, on what begins with these words (WCAG 2.1.1, 2.4.7)."""
        passed: list[str] = []
        for _ in range(_FARTHEST):
            await self.page.keyboard.press("Tab")
            found = await self.page.evaluate(_FOCUSED)
            if found is None:
                continue
            assert found["is_seen"], f"nothing shows that the focus is on {found['name']!r}"
            if found["name"].startswith(name):
                return
            passed.append(found["name"])
        raise AssertionError(f"no Tab leads to {name!r}, only to {passed}")

    async def key_in(self, field: str, value: str) -> None:
        """Replace what stands in a field."""
        await self.tab_to(field)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(value)

    async def enter(self, name: str) -> str:
        """Press Enter on a link or a button that leads to another page; what that says."""
        await self.tab_to(name)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")
        return await self.text()


@asynccontextmanager
async def window(browser: Browser, firm: Instance, name: str) -> AsyncIterator[Window]:
    """For the time of the block, in which the person is signed in."""
    page = await new_page(browser)
    address = f"http://127.0.0.1:{firm.hosts[firm.host][1]}"
    for cookie, value in (await signed_in(firm, name)).cookies.items():
        await page.context.add_cookies([{"name": cookie, "value": value, "url": address}])
    try:
        yield Window(page, address)
    finally:
        await page.context.close()
