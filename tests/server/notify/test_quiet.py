"""Silence outside working hours, for every app (product 1, rule 9, and 7): pushes wait, streams do not alert."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.quiet import FACT, QuietHours
from models.writes import state
from models.writes.rest import MOST_A_DAY
from server import housekeeping
from tests.support.clock import FakeClock
from tests.support.firm import App, Document, Firm, alice, bob, clock, running_firm, sites
from tests.support.listening import listening
from tests.support.push_service import PhoneApp, PushService, push_service

__all__ = ["alice", "bob", "clock", "sites"]

PATH = "/api/v1/push/subscription"
SATURDAY = datetime(2026, 1, 31, 12, tzinfo=UTC)
MONDAY = datetime(2026, 2, 2, 7, tzinfo=UTC)
"""When the firm's weekend is over: eight o'clock in Paris."""


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    """push.test, on loopback."""
    async with push_service() as running:
        yield running


@pytest.fixture
async def firm(database_url: str, tmp_path: Path, clock: FakeClock, service: PushService) -> AsyncIterator[Firm]:
    """The server, where nobody has chosen any hours; it is Saturday."""
    hosts = f"push.test=127.0.0.1:{service.port}"
    async with running_firm(database_url, tmp_path, clock, STATIC_HOSTS=hosts, LANGUAGE="en") as running:
        clock.advance(seconds=(SATURDAY - clock.now()).total_seconds())
        yield running


@pytest.fixture
async def phone(alice: App, bob: App) -> PhoneApp:
    """Bob's, which hears of everything."""
    phone = PhoneApp("http://push.test/send/1?for=bob")
    await bob.post(PATH, **phone.wish("mention", "favourite", "follow", "status"))
    return phone


async def told(firm: Firm, service: PushService, phone: PhoneApp) -> list[str]:
    """The titles of what comes now."""
    await came(firm, service)
    return [phone.read(message)["title"] for message in service.came]


async def came(firm: Firm, service: PushService) -> int:
    """How much comes now, to whichever of the phones."""
    service.came.clear()
    while await firm.pusher.tend():
        pass
    return len(service.came)


def go_on_until(firm: Firm, moment: datetime) -> None:
    firm.clock.advance(seconds=(moment - firm.clock.now()).total_seconds())


async def chosen(firm: Firm, person: App, **fields: str) -> Any:
    """What the person's own page answers to these choices."""
    browser = await firm.browser(person)
    page = await browser.get("/me")
    number = next(index for index, form in enumerate(page.forms) if form.action == "/me/quiet")
    given = {name: value for name, value in page.forms[number].fields.items() if not name.startswith("day:")}
    return await browser.post("/me/quiet", {**given, **fields})


async def test_what_happens_in_quiet_hours_comes_as_one_notice_afterwards(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    for number in range(3):
        await alice.say(f"@bob Number {number}")
        assert await told(firm, service, phone) == []
    go_on_until(firm, MONDAY - timedelta(seconds=1))
    assert await told(firm, service, phone) == []

    go_on_until(firm, MONDAY)

    assert await told(firm, service, phone) == ["3 new notifications"]
    await alice.say("@bob Good morning")
    assert await told(firm, service, phone) == ["Alice mentioned you"]


async def test_one_thing_alone_comes_as_itself(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    await alice.say("@bob Only this")
    assert await told(firm, service, phone) == []

    go_on_until(firm, MONDAY)

    assert await told(firm, service, phone) == ["Alice mentioned you"]


async def test_what_waits_is_not_forgotten_for_its_age(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """Longer than push services keep anything: somebody is away for three weeks."""
    await chosen(firm, bob, keeps="firm", back="2026-02-23")
    await alice.say("@bob When you are back")
    assert await told(firm, service, phone) == []
    for _ in range(22):
        firm.clock.advance(days=1)
        await housekeeping.forget_once(firm.runtime)
        assert await told(firm, service, phone) == []

    go_on_until(firm, datetime(2026, 2, 23, 7, tzinfo=UTC))

    assert await told(firm, service, phone) == ["Alice mentioned you"]


async def test_the_hours_that_the_firm_chose_count_instead(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """Product section 7: the default holds from the first day on, until an administrator chose other hours."""
    async with firm.runtime.db.write() as tx:
        await state.put(tx, FACT, msgspec.json.encode(QuietHours(working_days=(5,))).decode())
    await alice.say("@bob On a Saturday")

    assert await told(firm, service, phone) == ["Alice mentioned you"]


@pytest.mark.parametrize(
    ("fields", "heard"),
    [
        ({"keeps": "none"}, True),
        ({"keeps": "own", "begins": "18:00", "ends": "09:00", "day:5": "on"}, True),
        ({"keeps": "own", "begins": "12:00", "ends": "09:00", "day:5": "on"}, False),
        ({"keeps": "own", "begins": "18:00", "ends": "09:00", "day:0": "on"}, False),
        # In Auckland it is Sunday.
        ({"keeps": "own", "begins": "18:00", "ends": "00:01", "day:5": "on", "zone": "Pacific/Auckland"}, False),
        ({"keeps": "none", "back": "2026-02-03"}, False),
        ({"keeps": "firm"}, False),
    ],
)
async def test_people_choose_their_own(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App, fields: dict[str, str], heard: bool
) -> None:
    """Product section 7: members may change theirs."""
    assert (await chosen(firm, bob, **fields)).status == 303

    await alice.say("@bob Hello")

    assert (await told(firm, service, phone) != []) is heard


async def test_what_waits_comes_when_somebody_gives_up_their_hours(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    await alice.say("@bob Hello")
    assert await told(firm, service, phone) == []

    await chosen(firm, bob, keeps="none")

    assert await told(firm, service, phone) == ["Alice mentioned you"]


@pytest.mark.parametrize(
    "fields",
    [
        {"keeps": "own", "begins": "08:00", "ends": "19:00", "day:0": "on"},
        {"keeps": "own", "begins": "19:00", "ends": "08:00"},
        {"keeps": "own", "begins": "late", "ends": "08:00", "day:0": "on"},
        {"keeps": "firm", "zone": "Middle/Earth"},
        {"keeps": "firm", "back": "soon"},
        {"keeps": "firm", "back": "0001-01-01", "zone": "Asia/Tokyo"},
    ],
)
async def test_what_makes_no_sense_is_refused(firm: Firm, alice: App, bob: App, fields: dict[str, str]) -> None:
    assert (await chosen(firm, bob, **fields)).status == 422


async def test_five_a_day_and_no_sixth(firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App) -> None:
    """However many apps somebody has; the next day there are five again."""
    go_on_until(firm, MONDAY)
    tablet = PhoneApp("http://push.test/send/2?for=bob")
    other = await firm.with_scopes(bob, "push read")
    await other.post(PATH, **tablet.wish("mention"))
    for number in range(MOST_A_DAY + 1):
        await alice.say(f"@bob Number {number}")

    assert await came(firm, service) == 2 * MOST_A_DAY
    assert len(await bob.get("/api/v1/notifications")) == MOST_A_DAY + 1
    firm.clock.advance(days=1)
    await alice.say("@bob Tomorrow")
    assert await came(firm, service) == 2


async def test_streams_do_not_alert_in_quiet_hours(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """In any app: timelines go on, notifications are there to be found."""
    async with listening(firm, bob, "user", "user:notification") as socket:
        await alice.say("@sites @bob What do you say?")
        await alice.say("@sites Another one")
        heard = await socket.some(2)
        assert [one.event for one in heard] == ["update", "update"]

        await chosen(firm, bob, keeps="none")
        await alice.say("@bob And now?")
        assert {(await socket.next()).event for _ in range(2)} == {"notification"}
    assert len(await bob.get("/api/v1/notifications")) == 2


def test_the_hours_of_work_are_those_of_the_product() -> None:
    """Product section 7: 19:00 to 08:00, weekends."""
    assert (QuietHours().begins, QuietHours().ends, QuietHours().working_days) == (time(19), time(8), (0, 1, 2, 3, 4))
