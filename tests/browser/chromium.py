"""A real browser: Chromium as Debian packages it, headless, driven by Playwright; and axe-core, which judges pages.

One browser serves a whole module of tests. It has a profile of its own that is thrown away, speaks to nobody but the
test's server, and runs no script of a page but that of the two pages that speak to devices.
"""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.foreign.kept import kept, run
from tests.support.databases import missing
from tests.support.firm import App, Firm
from tests.support.waiting import PATIENCE_SECONDS

Theme = Literal["light", "dark"]
PHONE, DESK = 360, 1280
WIDTHS = (PHONE, DESK)

_PATIENCE = PATIENCE_SECONDS * 1000
"""In milliseconds, as Playwright counts."""
expect.set_options(timeout=_PATIENCE)

_SOURCES = Path(__file__).parent / "axe"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
]


def executable() -> str:
    """Where Chromium is. Skips the test where there is none, except in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("Chromium", "the Debian package chromium is not installed")
    return str(found)


def axe_source() -> str:
    """The text of axe-core, installed from its lock file at the first run."""
    if shutil.which("npm") is None:
        missing("Node", "npm is not installed")
    folder = kept("axe", _SOURCES / "package-lock.json", _install)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def _install(target: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_SOURCES / name, target)
    run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], target)


@asynccontextmanager
async def running_chromium(*arguments: str) -> AsyncIterator[Browser]:
    """The browser for the time of the block; further arguments of its command line."""
    path = executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=[*_QUIET, *arguments], headless=True, timeout=_PATIENCE
        )
        try:
            yield browser
        finally:
            await browser.close()


async def new_page(browser: Browser, *, language: str = "en", width: int = DESK, height: int = 800) -> Page:
    """A window with cookies of its own, which waits as long as anything takes on a busy machine."""
    context = await browser.new_context(locale=language, viewport={"width": width, "height": height})
    context.set_default_timeout(_PATIENCE)
    return await context.new_page()


@dataclass
class Visitor:
    """Somebody in front of the browser, with cookies of their own."""

    page: Page
    address: str

    async def open(self, path: str) -> int:
        """Go to a path; the status."""
        answer = await self.page.goto(f"{self.address}{path}", wait_until="load")
        assert answer is not None
        return answer.status

    async def violations(self, axe: str) -> list[str]:
        """What axe-core finds wrong with the page that is open: rule, element, why."""
        await self.page.evaluate(axe)
        found: Any = await self.page.evaluate("tags => axe.run({ runOnly: { type: 'tag', values: tags } })", _RULES)
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    async def is_as_wide_as_the_window(self) -> bool:
        """Nothing makes the page scroll sideways (WCAG 1.4.10)."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    async def see(self, name: str, *, themes: Sequence[Theme] = ("light", "dark")) -> None:
        """Keep pictures of the page that is open, where `SCREENSHOTS` names a folder to keep them in."""
        folder = os.environ.get("SCREENSHOTS")
        if folder is None:
            return
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            for theme in themes:
                await self.page.emulate_media(color_scheme=theme)
                target = Path(folder) / f"{name}-{width}-{theme}.png"
                await self.page.screenshot(path=str(target), full_page=True)


@asynccontextmanager
async def visitor(
    browser: Browser, firm: Firm, app: App | None = None, *, language: str = "en", width: int = DESK
) -> AsyncIterator[Visitor]:
    """A new window in which this person, or nobody, is signed in."""
    page = await new_page(browser, language=language, width=width)
    address = f"http://127.0.0.1:{firm.port}"
    for name, value in (await firm.browser(app)).cookies.items():
        await page.context.add_cookies([{"name": name, "value": value, "url": address}])
    try:
        yield Visitor(page, address)
    finally:
        await page.context.close()
