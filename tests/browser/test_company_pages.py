"""Pages of the company's sign-in in a real browser: the claims of a try, the button, a refusal, one's own page."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium

from tests.browser.chromium import DESK, PHONE, Visitor, axe_source, new_page, running_chromium
from tests.foreign import identity_provider
from tests.foreign.identity_provider import HOST, ISSUER, SECRET, IdentityServer
from tests.foreign.test_company_sign_in import Company, person
from tests.server.admin.desk import pressed
from tests.support.clock import FakeClock
from tests.support.firm import running_firm
from tests.support.ports import free_port
from tests.support.site import Browser

pytestmark = pytest.mark.process


@pytest.fixture
async def company(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Company]:
    port = free_port()
    places = f"{HOST}=127.0.0.1:{port}"
    async with running_firm(migrated_sqlite_url, tmp_path, FakeClock(datetime.now(UTC)), STATIC_HOSTS=places) as firm:
        people = {name: person(name) for name in ("ada", "root")} | {"guy": person("guy", groups=["guests"])}
        with identity_provider.running(port, firm.port, people) as provider:
            olga = await firm.person("olga", role="admin")
            admin = await firm.browser(olga)
            fields = {"name": "Corp", "issuer": ISSUER, "client_id": "entrepairs", "secret": SECRET}
            await pressed(admin, "/admin/identity", "/admin/identity/add", **fields)
            yield Company(firm, provider, admin, olga)


async def back_from(provider: IdentityServer, browser: Browser, path: str, name: str) -> str:
    """To the provider and in by this name; the address to which it sends the browser back."""
    away = await browser.get(path)
    return (await provider.sign_in(away.location, name)).removeprefix("http://home.test")


async def opened(
    chromium: Chromium, company: Company, browser: Browser, path: str, width: int, language: str
) -> Visitor:
    """The browser's window goes on here, with its cookies."""
    page = await new_page(chromium, language=language, width=width)
    address = f"http://127.0.0.1:{company.firm.port}"
    for name, value in browser.cookies.items():
        await page.context.add_cookies([{"name": name, "value": value, "url": address}])
    window = Visitor(page, address)
    await window.open(path)
    return window


@pytest.mark.parametrize(("language", "width"), [("fr", PHONE), ("en", DESK)])
async def test_no_page_has_anything_that_axe_finds_wrong(company: Company, language: str, width: int) -> None:
    """WCAG 2.2 AA as far as a program can tell; in both languages, on phone and desk."""
    axe = axe_source()
    wrong: list[str] = []
    titles: list[str] = []
    async with running_chromium() as chromium:

        async def look(browser: Browser, path: str) -> None:
            window = await opened(chromium, company, browser, path, width, language)
            titles.append(await window.page.title())
            wrong.extend(f"{path.partition('?')[0]}: {one}" for one in await window.violations(axe))
            if not await window.is_as_wide_as_the_window():
                wrong.append(f"{path.partition('?')[0]}: wider than {width}")
            await window.see(f"company-{language}-{len(titles)}")
            await window.page.context.close()

        await look(company.admin, await back_from(company.provider, company.admin, "/sign-in/company/1/test", "root"))
        await company.enabled()
        stranger, guest = await company.firm.browser(), await company.firm.browser()
        await look(stranger, "/sign-in")
        await look(guest, await back_from(company.provider, guest, "/sign-in/company/1", "guy"))
        ada, _ = await company.signed_in("ada")
        await look(ada, "/me")
        await look(company.admin, "/admin/identity")
        await look(company.admin, "/admin/provisioning")
        await look(company.admin, "/admin/provisioning/errors")

    assert "\n".join(wrong) == ""
    assert len(set(titles)) == 7
