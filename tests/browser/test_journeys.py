"""Whole journeys of two firms, clicked through in a real browser; the agreement by the keyboard alone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import new_page, running_chromium
from tests.browser.windows import Window, window
from tests.instances.journey import Journey, journey
from tests.support.api import Api
from tests.support.fake_peer import Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance

pytestmark = [pytest.mark.process, pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)]

ALPHA, BETA = "alpha.test", "beta.test"
PLANS = f"@plans@{ALPHA}"
SECRET = "correct horse battery staple"


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


@pytest.fixture
async def way(new_database: Databases, tmp_path: Path) -> AsyncIterator[Journey]:
    """Two firms, each with an administrator and an auditor, that are nothing to each other."""
    async with journey(new_database, tmp_path, ALPHA, BETA) as made:
        for host in (ALPHA, BETA):
            await made[host].person("olga", role="admin")
            await made[host].person("dora", role="auditor")
        yield made


@dataclass
class People:
    """Who talks: alice hosts the community plans of the first firm, bob of the other one is a member."""

    alice: Api
    bob: Api


@pytest.fixture
async def people(way: Journey) -> People:
    """They are at one, and the community is shared under an agreement."""
    alice, bob = await way[ALPHA].person("alice"), await way[BETA].person("bob")
    await way[ALPHA].community("plans", host=alice, scope="selected")
    await way.agree(ALPHA, BETA, "plans")
    await bob.join(PLANS)
    await way.rest()
    return People(alice, bob)


class Desks:
    """A window for each person who is asked for, of one browser."""

    def __init__(self, browser: Browser, way: Journey, stack: AsyncExitStack) -> None:
        self._browser, self._way, self._stack = browser, way, stack

    async def of(self, host: str, name: str) -> Window:
        return await self._stack.enter_async_context(window(self._browser, self._way[host], name))


@pytest.fixture
async def desks(chromium: Browser, way: Journey) -> AsyncIterator[Desks]:
    async with AsyncExitStack() as stack:
        yield Desks(chromium, way, stack)


async def to_agreement(desk: Window, other: str) -> str:
    """From the overview to the agreement with a firm, by the keyboard; what stands there."""
    await desk.open("/admin/overview")
    await desk.enter("Agreements")
    return await desk.enter(other)


async def test_two_firms_sign_an_agreement_by_the_keyboard_alone(way: Journey, desks: Desks) -> None:
    """J2: drafted, compared, approved and signed here, then there; both show the same text."""
    await way[ALPHA].community("plans", host=await way[ALPHA].person("alice"), scope="selected")
    olga, dora = await desks.of(ALPHA, "olga"), await desks.of(ALPHA, "dora")
    other_olga, other_dora = await desks.of(BETA, "olga"), await desks.of(BETA, "dora")

    await olga.open("/admin/overview")
    await olga.enter("Agreements")
    await olga.enter("Draft an agreement")
    await olga.key_in("The other firm’s server", BETA)
    await olga.key_in("Our administrator", "it@alpha.test")
    await olga.key_in("Our data-protection officer", "dpo@alpha.test")
    await olga.tab_to("Plans")
    await olga.page.keyboard.press("Space")
    await olga.tab_to("Highest label")
    await olga.page.keyboard.press("ArrowDown")
    await olga.key_in("Months that copies are kept", "12")
    assert "The draft is kept" in await olga.enter("Keep as a draft")
    code = await olga.page.locator(".code").inner_text()

    assert "To be approved by an auditor" in await to_agreement(dora, BETA)
    assert "An administrator can sign now" in await dora.enter("Approve")
    await to_agreement(olga, BETA)
    assert "Signed and on its way" in await olga.enter("Sign and send")
    await way.step()

    offered = await to_agreement(other_olga, ALPHA)
    assert "Restricted" in offered
    assert "12 months" in offered
    await other_olga.enter("Keep as a draft")
    assert await other_olga.page.locator(".code").inner_text() == code
    await to_agreement(other_dora, ALPHA)
    await other_dora.enter("Approve")
    await to_agreement(other_olga, ALPHA)
    await other_olga.enter("Sign and send")
    await way.step()

    for desk, other in ((olga, BETA), (other_olga, ALPHA)):
        assert "Active" in await to_agreement(desk, other)
    assert await olga.page.locator(".hash").inner_text() == await other_olga.page.locator(".hash").inner_text()


async def test_an_exchange_is_suspended_and_goes_on(way: Journey, people: People, desks: Desks) -> None:
    """J10: one click stops it both ways; both firms say: go on."""
    olga, other_olga, reader = (
        await desks.of(ALPHA, "olga"),
        await desks.of(BETA, "olga"),
        await desks.of(BETA, "bob"),
    )
    await olga.open("/admin/agreements")
    await olga.follow(BETA)
    await olga.unfold("Suspend")
    await olga.fill(reason="A suspicion")
    assert "Suspended: nothing goes either way." in await olga.press("Suspend")
    await people.alice.say(f"{PLANS} Said meanwhile")
    await way.step()

    await other_olga.open(f"/admin/agreements/{ALPHA}")
    assert "Suspended" in await other_olga.text()
    await reader.open(f"/c/plans@{ALPHA}")
    assert "Said meanwhile" not in await reader.text()

    assert "This firm says: go on." in await other_olga.press("Say: go on")
    await way.step()
    await olga.open(f"/admin/agreements/{BETA}")
    await olga.press("Say: go on")
    await way.step()
    await reader.open(f"/c/plans@{ALPHA}")
    assert "Said meanwhile" in await reader.text()


async def test_a_hosts_week(way: Journey, people: People, desks: Desks) -> None:
    """J8: a partner's question is found on the desk, pinned, closed; a post is taken out, its author silenced."""
    await people.bob.say(f"{PLANS} How do you plan nights?")
    await people.bob.say(f"{PLANS} Our client is Example Ltd")
    await way.rest()
    host, author = await desks.of(ALPHA, "alice"), await desks.of(BETA, "bob")

    await host.open("/c/plans/desk")
    await host.follow("How do you plan nights?")
    assert "Pinned on top" in await host.press("Pin it on top")
    assert "Closed: only those who lead" in await host.press("Close the thread")
    await host.open("/c/plans")
    await host.follow("Our client is Example Ltd")
    await host.unfold("Take it out")
    await host.fill(reason="It names a client")
    assert "Taken out. The author is told why." in await host.press("Take it out")
    assert "Pinned" in await host.text()
    await host.open("/c/plans/members")
    await host.unfold("What you can do")
    await host.fill(days="3", reason="Clients again")
    assert "They read and do not write until then." in await host.press("Silence them")
    await way.step()

    await author.open(f"/c/plans@{ALPHA}")
    seen = await author.text()
    assert "How do you plan nights?" in seen
    assert "Example Ltd" not in seen
    said = await people.bob.call("POST", "/api/v1/statuses", json={"status": f"{PLANS} And now?"})
    assert said.status == 403
    await host.open("/c/plans/log")
    log = await host.text()
    assert "It names a client" in log
    assert "Clients again" in log


async def test_somebody_takes_their_data_and_is_erased(way: Journey, people: People, desks: Desks) -> None:
    """J12: asked, given, fetched; then erased here and at the partner, with a certificate."""
    await people.alice.say(f"{PLANS} zanzibarzz")
    await way.rest()
    person, dora, reader = await desks.of(ALPHA, "alice"), await desks.of(ALPHA, "dora"), await desks.of(BETA, "bob")

    await person.open("/me/data")
    assert "It is asked for." in await person.press("Ask for it")
    await dora.open("/admin/requests")
    await dora.follow("@alice")
    assert "The archive lies ready" in await dora.press("Give the archive")
    await person.open("/me/data")
    async with person.page.expect_download() as fetched:
        await person.page.get_by_role("button", name="Fetch the archive").click()
    with ZipFile(await (await fetched.value).path()) as archive:
        assert any(b"zanzibarzz" in archive.read(name) for name in archive.namelist())

    await person.open("/me/data")
    await person.page.get_by_text("That who I am and what I wrote is erased").click()
    await person.press("Ask for it")
    await dora.open("/admin/requests")
    await dora.follow("@alice")
    assert BETA in await dora.text()
    await dora.unfold("Erase")
    assert "It is erased" in await dora.press("Erase for good")
    await way.step()
    await reader.open(f"/c/plans@{ALPHA}")
    assert "zanzibarzz" not in await reader.text()
    await dora.open("/admin/requests")
    assert "Erased" in await dora.text()


async def test_a_legal_case(way: Journey, people: People, desks: Desks) -> None:
    """J13: two persons open it; what it holds seems deleted, is found in it, exported, and goes when it is closed."""
    await way[ALPHA].person("dan", role="auditor")
    said = await people.alice.say(f"{PLANS} zanzibarzz")
    await way.rest()
    dora, dan, reader = await desks.of(ALPHA, "dora"), await desks.of(ALPHA, "dan"), await desks.of(BETA, "bob")

    await dora.open("/admin/holds")
    await dora.fill(title="The pump", people="alice", reason="A claim")
    assert "It is asked for" in await dora.press("Ask for it")
    await dan.open("/admin/holds")
    assert "The case is open" in await dan.press("Open the case")
    await people.alice.delete(f"/api/v1/statuses/{said['id']}")
    await way.step()
    await reader.open(f"/c/plans@{ALPHA}")
    assert "zanzibarzz" not in await reader.text()

    await dora.open("/admin/cases")
    await dora.follow("The pump")
    await dora.fill(text="zanzibarzz")
    assert "Gone since" in await dora.press("Look it up")
    await dora.open("/admin/holds")
    await dora.unfold("Ask for an export")
    await dora.fill_in("Ask for an export", reason="For the court")
    await dan.open("/admin/cases")
    assert "The export is allowed, once." in await dan.press("Allow the export")
    await dora.open("/admin/cases")
    await dora.follow("The pump")
    async with dora.page.expect_download() as taken:
        await dora.page.get_by_role("button", name="Take the export").click()
    with ZipFile(await (await taken.value).path()) as export:
        assert any("manifest" in name for name in export.namelist())

    await dora.open("/admin/holds")
    await dora.unfold("Ask to close the case")
    await dora.fill_in("Ask to close the case", reason="It is settled")
    await dan.open("/admin/holds")
    assert "The case is closed." in await dan.press("Close the case")


async def test_the_very_first_steps_of_a_firm(new_database: Databases, tmp_path: Path, chromium: Browser) -> None:
    """J1 without the company's sign-in, which test_company_pages.py has: one-time address, password, the checklist."""
    hosts: Hosts = {}
    async with Instance.made(ALPHA, hosts, HeldClock(), new_database(), tmp_path) as firm, firm.running():
        address = await firm.first_address()
        admin = Window(await new_page(chromium), f"http://127.0.0.1:{hosts[ALPHA][1]}")

        await admin.open(urlsplit(address).path)
        await admin.press("Sign in as")
        await admin.fill(new_password=SECRET, new_password_again=SECRET)
        await admin.press("Save the password")
        await admin.open("/admin/overview")
        assert "Set-up: 4 of 17" in await admin.text()
        await admin.follow("An auditor")
        await admin.open("/admin/people/~new")
        await admin.fill(username="dora", display_name="Dora", email="dora@mail.example")
        await admin.page.get_by_label("Auditor").check()
        await admin.press("Add")
        await admin.open("/admin/overview")
        await admin.follow("Provisioning by the directory")
        await admin.fill(name="Directory")
        made = await admin.press("Make a token")
        assert "/scim/v2" in made
        for step, button in (
            ("Working time and holidays", "Save"),
            ("The smallest group that statistics speak of", "Save"),
            ("Names of the labels", "Save"),
            ("The sheet for the works council", "The works council has it"),
        ):
            await admin.open("/admin/overview")
            await admin.follow(step)
            await admin.press(button)
        await admin.open("/admin/overview")
        done = await admin.text()

    # A token alone is no provisioning: nothing has been written by it.
    assert "Set-up: 9 of 17" in done
    await admin.page.context.close()
