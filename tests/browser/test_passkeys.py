"""Passkeys with the virtual device of Chromium (WebAuthn): made on one's own page, used for signing in, and refused.

The browser reaches the firm under its name, which it takes for secure as if it were HTTPS.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from playwright.async_api import Browser, CDPSession, Page

from models.migrate import upgrade
from models.queries import factors
from models.queries.identity import PASSWORDS
from models.writes import sessions as session_rows
from models.writes import state
from tests.browser.chromium import axe_source, new_page, running_chromium
from tests.support.clock import FakeClock
from tests.support.firm import HOME, App, Firm, running_firm

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "a password for tests of passkeys"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Office:
    firm: Firm
    chromium: Browser
    axe: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("passkeys")
    url = f"sqlite+aiosqlite:///{folder}/entrepairs.db"
    await upgrade(url)
    async with running_firm(url, folder, FakeClock()) as firm:
        arguments = (
            f"--host-resolver-rules=MAP home.test 127.0.0.1:{firm.port}",
            f"--unsafely-treat-insecure-origin-as-secure={HOME}",
        )
        async with running_chromium(*arguments) as chromium:
            yield Office(firm, chromium, axe_source())


@dataclass
class Desk:
    """A window with a device that has a finger on it."""

    page: Page
    device: CDPSession
    device_id: str

    async def keys(self) -> list[dict[str, Any]]:
        found = await self.device.send("WebAuthn.getCredentials", {"authenticatorId": self.device_id})
        return list(found["credentials"])

    async def go(self, path: str) -> None:
        await self.page.goto(f"{HOME}{path}", wait_until="load")


async def desk(office: Office, *, language: str = "en", width: int = 1280) -> Desk:
    page = await new_page(office.chromium, language=language, width=width)
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Desk(page, device, made["authenticatorId"])


async def person(office: Office, name: str, role: str = "member") -> App:
    """Somebody with a password."""
    app = await office.firm.person(name, role=role)
    async with office.firm.runtime.db.write() as tx:
        await session_rows.change_password(
            tx, actor_id=int(app.id), password_hash=PasswordHasher().hash(PASSWORD), now=office.firm.clock.now()
        )
    return app


async def sign_in(here: Desk, name: str) -> None:
    await here.go("/sign-in")
    await here.page.get_by_label("Name or e-mail address").fill(name)
    await here.page.get_by_label("Password").fill(PASSWORD)
    async with here.page.expect_navigation():
        await here.page.get_by_role("button", name="Sign in").click()


async def with_passkey(office: Office, name: str, role: str = "member") -> tuple[Desk, App]:
    """Somebody who has made a passkey on their own page; their window is signed in."""
    app, here = await person(office, name, role), await desk(office)
    await sign_in(here, name)
    await here.go("/me/factors")
    await here.page.locator("#password").fill(PASSWORD)
    await here.page.get_by_role("button", name="Go on").click()
    await here.page.get_by_label("Name of the device").fill("Laptop")
    await here.page.get_by_role("button", name="Add a passkey").click()
    await here.page.get_by_text("The passkey is kept.").wait_for()
    return here, app


async def test_a_passkey_is_made_and_signs_in_without_a_password(office: Office) -> None:
    """Threats T118, T124."""
    here, app = await with_passkey(office, "ada")
    paper = await here.page.locator("ol.codes li").count()
    await here.page.context.clear_cookies()
    await here.go("/sign-in?next=/me")
    await here.page.get_by_role("link", name="Sign in with a passkey").click()
    await here.page.get_by_role("button", name="Use a passkey").click()
    await here.page.get_by_role("heading", name="My account").wait_for()

    assert "@ada" in await here.page.inner_text("main")
    assert paper == 10
    async with office.firm.runtime.db.read() as tx:
        (row,) = await factors.passkeys_of(tx, int(app.id))
    assert (row.name, row.uses) == ("Laptop", 2)


async def test_whoever_has_a_passkey_is_asked_for_it_after_the_password(office: Office) -> None:
    """Threats T124."""
    here, _ = await with_passkey(office, "ben")
    await here.page.context.clear_cookies()
    await sign_in(here, "ben")
    await here.page.get_by_role("heading", name="One more proof").wait_for()
    await here.page.get_by_role("link", name="Use a passkey").click()
    await here.page.get_by_role("button", name="Use a passkey").click()
    await here.page.get_by_role("heading", name="Home").or_(here.page.get_by_text("Your communities")).first.wait_for()

    await here.go("/me")
    assert "@ben" in await here.page.inner_text("main")


async def test_an_answer_is_good_once(office: Office) -> None:
    """Threats T118: whoever has copied what a browser sent gets nowhere with it, in that very browser."""
    here, _ = await with_passkey(office, "cem")
    await here.page.context.clear_cookies()
    sent: list[str] = []
    here.page.on("request", lambda one: sent.append(one.post_data or "") if one.method == "POST" else None)
    await here.go("/sign-in/passkey")
    await here.page.get_by_role("button", name="Use a passkey").click()
    await here.page.wait_for_url(f"{HOME}/")
    await here.go("/sign-in/passkey")
    office.firm.clock.advance(seconds=1)
    fields = await here.page.evaluate("text => Object.fromEntries(new URLSearchParams(text))", sent[-1])
    cookies = {one["name"]: one["value"] for one in await here.page.context.cookies()}
    browser = await office.firm.browser()
    browser.cookies = {name: value for name, value in cookies.items() if not name.startswith("session")}

    again = await browser.post("/sign-in/passkey", fields)

    assert json.loads(fields["answer"])["type"] == "public-key"
    assert again.status == 422
    assert not any(name.startswith("session") for name in browser.cookies)


async def test_a_device_that_does_not_know_its_owner_lets_nobody_in(office: Office) -> None:
    """Threats T124: without finger, face or PIN a passkey would be a password that one can steal."""
    here, _ = await with_passkey(office, "dan")
    await here.page.context.clear_cookies()
    await here.device.send("WebAuthn.setUserVerified", {"authenticatorId": here.device_id, "isUserVerified": False})
    await here.go("/sign-in/passkey")
    await here.page.get_by_role("button", name="Use a passkey").click()
    await here.page.get_by_text("Your device gave no answer").wait_for()

    await here.go("/me")
    assert await here.page.title() != ""
    assert "/sign-in" in here.page.url


async def test_a_passkey_that_was_removed_or_whose_account_is_closed_lets_nobody_in(office: Office) -> None:
    """Threats T120."""
    here, app = await with_passkey(office, "eva")
    await here.page.context.clear_cookies()
    async with office.firm.runtime.db.write() as tx:
        await session_rows.end_access(tx, int(app.id), office.firm.clock.now())
    admin = await office.firm.browser(await office.firm.person("olga", role="admin"))
    token = (await admin.get("/me")).forms[0].fields["csrf"]
    assert (await admin.post("/admin/people/eva/suspend", {"csrf": token})).status == 303

    await here.go("/sign-in/passkey")
    await here.page.get_by_role("button", name="Use a passkey").click()
    await here.page.get_by_text("The passkey is not known here").wait_for()


async def test_where_passwords_are_given_up_the_emergency_account_alone_has_passkeys(office: Office) -> None:
    """Product J1."""
    here, app = await with_passkey(office, "sealed", "admin")
    there, _ = await with_passkey(office, "fay")
    async with office.firm.runtime.db.write() as tx:
        await state.put(tx, PASSWORDS, app.id)
    try:
        for window in (here, there):
            await window.page.context.clear_cookies()
            await window.go("/sign-in/passkey?next=/me")
            await window.page.get_by_role("button", name="Use a passkey").click()
        await here.page.get_by_role("heading", name="My account").wait_for()
        await there.page.get_by_text("The passkey is not known here").wait_for()
    finally:
        async with office.firm.runtime.db.write() as tx:
            await state.put(tx, PASSWORDS, "")


@pytest.mark.parametrize(("language", "width"), [("fr", 360), ("en", 1280)])
async def test_no_page_has_anything_that_axe_finds_wrong(office: Office, language: str, width: int) -> None:
    """WCAG 2.2 AA as far as a program can tell: both steps of the sign-in, and the page of one's own proofs."""
    app = await person(office, f"gil{language}")
    here = await desk(office, language=language, width=width)
    wrong: list[str] = []

    async def look(name: str) -> None:
        await here.page.evaluate(office.axe)
        found = await here.page.evaluate("tags => axe.run({ runOnly: { type: 'tag', values: tags } })", RULES)
        wrong.extend(f"{name}: {one['id']} {one['nodes'][0]['failureSummary']}" for one in found["violations"])
        if not await here.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            wrong.append(f"{name}: wider than {width}")

    for path in ("/sign-in", "/sign-in/passkey", "/sign-in/forgotten"):
        await here.go(path)
        await look(path)
    await here.page.context.add_cookies(
        [
            {"name": name, "value": value, "url": HOME}
            for name, value in (await office.firm.browser(app)).cookies.items()
        ]
    )
    await here.go("/me/factors")
    await look("/me/factors, closed")
    await here.page.locator("#password").fill(PASSWORD)
    await here.page.locator("main button").first.click()
    await here.page.locator("#name").fill("Laptop")
    await look("/me/factors, open")
    await here.page.locator("form[data-passkey] button").click()
    await here.page.locator("ol.codes").wait_for()
    await look("/me/factors, with codes")
    await here.go("/me")
    await look("/me")
    await here.page.context.clear_cookies()
    await here.go("/sign-in")
    await here.page.locator("#username").fill(app.name)
    await here.page.locator("#password").fill(PASSWORD)
    await here.page.locator("main form button").click()
    await here.page.locator("#code").fill("000000")
    await look("/sign-in/second")
    await here.page.locator("main form button").click()
    await here.page.locator("#problem").wait_for()
    await look("/sign-in/second, wrong")

    assert "\n".join(wrong) == ""
