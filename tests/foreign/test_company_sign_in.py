"""Signing in at a company's identity provider: oidc-provider from npm, over its own pages, against a whole server.

Accounts by provider and subject, groups that let in and groups that propose an office, phone apps, signing out from
both ends, and the day when passwords are given up.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.foreign import identity_provider
from tests.foreign.identity_provider import HOST, ISSUER, SECRET, IdentityServer
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.clock import FakeClock
from tests.support.firm import App, Firm, running_firm
from tests.support.ports import free_port
from tests.support.site import Answer, Browser

pytestmark = pytest.mark.process


def person(name: str, **claims: Any) -> dict[str, Any]:
    found = {"sub": name, "preferred_username": f"{name}@corp", "name": name.title(), "email": f"{name}@corp.example"}
    return {**found, "email_verified": True, "groups": ["managers"], **claims}


@dataclass
class Company:
    """The firm, its provider, and an administrator at work."""

    firm: Firm
    provider: IdentityServer
    admin: Browser
    olga: App
    """Hers."""

    async def through(self, browser: Browser, path: str, name: str) -> Answer:
        """From an address here to the provider, in by this name, and back; the answer here."""
        away = await browser.get(path)
        assert away.status == 302, away.text
        back = await self.provider.sign_in(away.location, name)
        return await browser.get(back.removeprefix("http://home.test"))

    async def signed_in(self, name: str, then: str = "/") -> tuple[Browser, Answer]:
        browser = await self.firm.browser()
        return browser, await self.through(browser, f"/sign-in/company/1?next={then}", name)

    async def enabled(self, **groups: str) -> None:
        """Tried out by the administrator, with groups, and enabled."""
        await self.through(self.admin, "/sign-in/company/1/test", "root")
        page = "/admin/identity"
        given = {"claim": "groups", "required": "managers", "admins": "", "auditors": "", **groups}
        await pressed(self.admin, page, "/admin/identity/1/groups", **given)
        await pressed(self.admin, page, "/admin/identity/1/enable", enabled="yes")


@pytest.fixture
async def company(migrated_sqlite_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Company]:
    """`indirect` parameter: keywords for the provider."""
    port = free_port()
    places = f"{HOST}=127.0.0.1:{port}"
    clock = FakeClock(datetime.now(UTC))
    async with running_firm(migrated_sqlite_url, tmp_path, clock, STATIC_HOSTS=places) as firm:
        people = {name: person(name) for name in ("ada", "ben", "root")} | {"guy": person("guy", groups=["guests"])}
        with identity_provider.running(port, firm.port, people, **getattr(request, "param", {})) as provider:
            olga = await firm.person("olga", role="admin")
            admin = await firm.browser(olga)
            fields = {"name": "Corp", "issuer": ISSUER, "client_id": "entrepairs", "secret": SECRET}
            await pressed(admin, "/admin/identity", "/admin/identity/add", **fields)
            yield Company(firm, provider, admin, olga)


async def test_a_provider_is_tried_before_it_is_enabled_and_the_try_shows_the_claims(company: Company) -> None:
    untried = await company.admin.get("/admin/identity")
    given = {"csrf": untried.forms[0].fields["csrf"], "enabled": "yes"}
    refused = await company.admin.post("/admin/identity/1/enable", given)
    shown = await company.through(company.admin, "/sign-in/company/1/test", "root")
    await pressed(company.admin, "/admin/identity", "/admin/identity/1/enable", enabled="yes")

    assert "/admin/identity/1/enable" not in untried.text
    assert refused.status == 422
    assert "root@corp.example" in shown.text
    assert "managers" in shown.text
    assert (await last_entry(company.firm)).action == "identity.enable"
    assert "Sign in with Corp" in (await (await company.firm.browser()).get("/sign-in")).text


async def test_who_is_in_the_required_group_gets_an_account_and_the_same_one_again(company: Company) -> None:
    await company.enabled()
    first, arrived = await company.signed_in("ada", then="/me")
    page = await first.follow(arrived)
    _, again = await company.signed_in("ada")

    assert "Ada" in page.text
    assert "@ada" in page.text
    assert again.status == 303
    told = await company.olga.get("/api/v1/notifications")
    assert [(one["type"], one["account"]["username"]) for one in told] == [("admin.sign_up", "ada")]
    assert "ada2" not in (await company.admin.get("/admin/people")).text


@pytest.mark.parametrize("company", [{"has_small_tokens": True}], indirect=True)
async def test_what_the_id_token_does_not_say_is_asked_for_at_the_provider(company: Company) -> None:
    """Name, address and groups from the userinfo address; the try shows them, and the required group counts."""
    shown = await company.through(company.admin, "/sign-in/company/1/test", "root")
    await company.enabled()
    browser, arrived = await company.signed_in("ada", then="/me")
    _, refused = await company.signed_in("guy")

    assert "root@corp.example" in shown.text
    assert "managers" in shown.text
    assert "Ada" in (await browser.follow(arrived)).text
    assert refused.status == 403


async def test_who_is_in_no_required_group_gets_none(company: Company) -> None:
    await company.enabled()
    browser, refused = await company.signed_in("guy")

    assert refused.status == 403
    assert "does not let you in" in refused.text
    assert (await browser.get("/")).status == 302
    assert "guy" not in (await company.admin.get("/admin/people")).text


async def test_who_leaves_the_group_is_out_at_the_next_sign_in(company: Company) -> None:
    """Threats T239: what is open in their name ends as well."""
    await company.enabled()
    before, _ = await company.signed_in("ada")
    await company.provider.change(company.firm.session, person="ada", claims={"groups": []})
    _, refused = await company.signed_in("ada")

    assert refused.status == 403
    assert (await before.get("/")).status == 302


async def test_an_account_is_never_found_by_its_address(company: Company) -> None:
    """Threats T147: a provider that says somebody else's address gets nowhere; connecting needs both sign-ins."""
    await company.enabled()
    alice = await company.firm.person("alice")
    await company.provider.change(company.firm.session, person="ada", claims={"email": "alice@mail.example"})
    _, refused = await company.signed_in("ada")
    browser = await company.firm.browser(alice)
    away = await press(browser, "/me", "/sign-in/company/1/link")
    back = await company.provider.sign_in(away.location, "ada")
    linked = await browser.get(back.removeprefix("http://home.test"))
    again, arrived = await company.signed_in("ada", then="/me")

    assert refused.status == 422
    assert "connect the company’s sign-in" in refused.text
    assert linked.location == "/me?done=linked"
    assert "@alice" in (await again.follow(arrived)).text


async def test_a_group_proposes_an_office_and_a_second_person_confirms_it(company: Company) -> None:
    """Threats T240; and the office goes with the group."""
    await company.enabled(admins="it")
    await company.provider.change(company.firm.session, person="ben", claims={"groups": ["managers", "it"]})
    ben, _ = await company.signed_in("ben")
    before = await ben.get("/admin/people")
    await pressed(company.admin, "/admin/people/ben", "/admin/people/ben/confirm")
    ben, _ = await company.signed_in("ben")
    after = await ben.get("/admin/people")
    await company.provider.change(company.firm.session, person="ben", claims={"groups": ["managers"]})
    ben, _ = await company.signed_in("ben")

    assert (before.status, after.status) == (403, 200)
    assert (await ben.get("/admin/people")).status == 403


async def test_a_phone_app_signs_in_through_the_company(company: Company) -> None:
    await company.enabled()
    app = await company.firm.nobody.post("/api/v1/apps", client_name="Phone", redirect_uris="https://p.example/b")
    asked = f"/oauth/authorize?response_type=code&client_id={app['client_id']}&redirect_uri=https://p.example/b"
    browser = await company.firm.browser()
    to_sign_in = await browser.get(asked)
    page = await browser.get(to_sign_in.location)
    button = page.text.partition('href="/sign-in/company/1?')[2].partition('"')[0].replace("&amp;", "&")
    arrived = await company.through(browser, f"/sign-in/company/1?{button}", "ada")
    consent = await browser.follow(arrived)
    given = await browser.submit(consent, 0, decision="authorize")

    assert given.location.startswith("https://p.example/b?code=")


async def test_the_provider_signs_somebody_out_of_browsers_and_apps(company: Company) -> None:
    """Threats T119: back-channel logout."""
    await company.enabled()
    browser, _ = await company.signed_in("ada")
    phone = App(company.firm.session, company.firm.port, await company.firm.token("ada", "read write"))
    assert (await phone.call("GET", "/api/v1/accounts/verify_credentials")).status == 200

    await company.provider.change(company.firm.session, logout="ada")

    assert (await browser.get("/")).status == 302
    assert (await phone.call("GET", "/api/v1/accounts/verify_credentials")).status == 401


async def test_signing_out_here_leads_to_signing_out_there(company: Company) -> None:
    await company.enabled()
    browser, _ = await company.signed_in("ada")
    page = await press(browser, "/me", "/sign-out")

    assert page.status == 200
    assert f"{ISSUER}/session/end?id_token_hint=" in page.text
    assert (await browser.get("/")).status == 302


async def test_what_comes_back_to_another_browser_is_refused(company: Company) -> None:
    """Threats T118: state and nonce belong to one browser; nothing is taken from an address alone."""
    await company.enabled()
    mine, theirs = await company.firm.browser(), await company.firm.browser()
    away = await mine.get("/sign-in/company/1")
    back = (await company.provider.sign_in(away.location, "ada")).removeprefix("http://home.test")
    stolen = await theirs.get(back)
    once = await mine.get(back)
    twice = await mine.get(back)

    assert stolen.status == 403
    assert once.status == 303
    assert twice.status == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwOi8vbG9naW4udGVzdCJ9."])
async def test_a_logout_that_the_provider_did_not_sign_is_refused(company: Company, token: str) -> None:
    await company.enabled()
    browser = await company.firm.browser()

    assert (await browser.post("/sign-in/company/1/logout", {"logout_token": token})).status == 400


async def test_passwords_are_given_up_but_for_the_sealed_account(company: Company) -> None:
    """Product J1. The new password stands on one answer; nobody else's is taken, and no one-time address is made."""
    await company.enabled()
    await company.firm.person("sealed", role="admin")
    await company.firm.person("alice")
    page = await press(company.admin, "/admin/identity", "/admin/identity/seal", username="sealed")
    password = page.text.partition("</code> Password <code>")[2].partition("<")[0]
    browser = await company.firm.browser()
    arrived = await browser.sign_in("sealed", password)
    token = (await company.admin.get("/me")).forms[0].fields["csrf"]
    refused = await company.admin.post("/admin/people/alice/link", {"csrf": token})

    assert arrived.status == 303
    assert refused.status == 422
    assert "Passwords are given up" in refused.text
    assert "is not shown again" in page.text
    assert password not in (await company.admin.get("/admin/identity")).text
    assert "Passwords of this server are given up<span" in (await company.admin.get("/admin/overview")).text
    back = await pressed(company.admin, "/admin/identity", "/admin/identity/unseal")
    assert "Passwords are taken again" in back.text


async def test_several_providers_stand_side_by_side(migrated_sqlite_url: str, tmp_path: Path) -> None:
    """Threats T147: the same subject at another provider is somebody else, and each has groups of its own."""
    ports = {"login.test": free_port(), "second.test": free_port()}
    places = " ".join(f"{host}=127.0.0.1:{port}" for host, port in ports.items())
    people = {name: person(name) for name in ("ada", "root")}
    async with running_firm(migrated_sqlite_url, tmp_path, FakeClock(datetime.now(UTC)), STATIC_HOSTS=places) as firm:
        olga = await firm.person("olga", role="admin")
        admin = await firm.browser(olga)
        others = {"ada": person("ada", email="ada@second.example") | {"name": "Ada of the second"}}
        others["root"] = person("root", email="root@second.example")
        with (
            identity_provider.running(ports["login.test"], firm.port, people) as first,
            identity_provider.running(ports["second.test"], firm.port, others, host="second.test", number=2) as second,
        ):
            for number, provider in ((1, first), (2, second)):
                fields = {"issuer": f"http://{provider.host}", "client_id": "entrepairs", "secret": SECRET}
                await pressed(admin, "/admin/identity", "/admin/identity/add", name=f"Firm {number}", **fields)
                there = Company(firm, provider, admin, olga)
                await there.through(admin, f"/sign-in/company/{number}/test", "root")
                await pressed(admin, "/admin/identity", f"/admin/identity/{number}/enable", enabled="yes")
            names = []
            for number, provider in ((1, first), (2, second)):
                browser, there = await firm.browser(), Company(firm, provider, admin, olga)
                arrived = await there.through(browser, f"/sign-in/company/{number}?next=/me", "ada")
                names.append((await browser.follow(arrived)).text)
            page = (await (await firm.browser()).get("/sign-in")).text

    assert "Sign in with Firm 1" in page
    assert "Sign in with Firm 2" in page
    assert "Ada of the second" in names[1]
    assert "@ada2" in names[1]
    assert "@ada2" not in names[0]
