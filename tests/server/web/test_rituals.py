"""Rituals (product sections 5 and 6): hosts plan them, readers of the community find them, the rhythm counts them."""

import pytest
from sqlalchemy import select

from models.measures import RHYTHM, Figure
from models.queries import statistics as reading
from models.rituals import MOST_STANDING, RitualRow
from server import housekeeping
from server.statistics import weekly
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser

PAGE, PLAN = "/c/sites/rituals", "/c/sites/rituals"
WEEKLY = {"title": "Coffee among peers", "day": "2026-02-03", "time": "09:00", "every": "1", "place": "Room 2"}


@pytest.fixture
async def desk(firm: Firm, alice: App, sites: Document) -> Browser:
    """The host's browser."""
    return await firm.browser(alice)


async def text(firm: Firm, app: App, path: str) -> str:
    return (await (await firm.browser(app)).get(f"{path}{'&' if '?' in path else '?'}lang=en")).text


async def count(firm: Firm) -> int:
    async with firm.runtime.db.read() as tx:
        return len((await tx.select(select(RitualRow.id))).all())


async def test_a_host_plans_one_and_members_find_it_on_three_pages(firm: Firm, desk: Browser, bob: App) -> None:
    await pressed(desk, PAGE, PLAN, **WEEKLY)

    assert (await last_entry(firm)).action == "community.ritual"
    for path in (PAGE, "/c/sites", "/"):
        shown = await text(firm, bob, path)
        assert WEEKLY["title"] in shown
        assert "Room 2" in shown
        assert "9:00" in shown or "09:00" in shown
    assert "Call it off" not in await text(firm, bob, PAGE)


async def test_who_has_not_joined_an_open_community_reads_it_there_and_not_at_home(firm: Firm, desk: Browser) -> None:
    await pressed(desk, PAGE, PLAN, **WEEKLY)
    carl = await firm.person("carl")

    assert WEEKLY["title"] in await text(firm, carl, PAGE)
    assert WEEKLY["title"] not in await text(firm, carl, "/")


@pytest.mark.parametrize("visibility", ["on-request", "private"])
async def test_rituals_of_a_closed_community_are_for_its_members(
    firm: Firm, alice: App, bob: App, visibility: str
) -> None:
    await firm.community("closed", host=alice, visibility=visibility)
    await pressed(await firm.browser(alice), "/c/closed/rituals", "/c/closed/rituals", **WEEKLY)
    other = await firm.browser(bob)

    assert (await other.get("/c/closed/rituals")).status == 404
    assert WEEKLY["title"] not in (await other.get("/c/closed")).text
    assert WEEKLY["title"] not in (await other.get("/")).text
    assert WEEKLY["title"] in await text(firm, alice, "/c/closed/rituals")


async def test_only_hosts_plan_call_off_and_end(firm: Firm, desk: Browser, alice: App, bob: App) -> None:
    await pressed(desk, PAGE, PLAN, **WEEKLY)
    async with firm.runtime.db.read() as tx:
        number = str(await tx.scalar(select(RitualRow.id)))
    community = await alice.get("/api/v1/accounts/lookup", acct="sites")
    path = f"/api/entrepairs/v1/communities/{community['id']}/members/{bob.id}"
    for role in ("member", "moderator"):
        await alice.call("PATCH", path, json={"role": role})
        browser = await firm.browser(bob)
        csrf = (await browser.get("/me")).forms[0].fields["csrf"]
        for where, fields in (
            ("", WEEKLY),
            ("/off", {"ritual": number, "day": "2026-02-03"}),
            ("/end", {"ritual": number}),
        ):
            assert (await browser.post(PLAN + where, {"csrf": csrf, **fields})).status == 404

    assert await count(firm) == 1


async def test_one_day_is_called_off_and_the_rest_goes_on_until_it_ends(firm: Firm, desk: Browser, bob: App) -> None:
    await pressed(desk, PAGE, PLAN, **WEEKLY)

    off = await press(desk, PAGE, f"{PLAN}/off")
    assert (off.status, off.location) == (303, f"{PAGE}?done=off")
    shown = await text(firm, bob, PAGE)
    assert ("2/3/26" in shown or "Feb 3" in shown or "3 Feb" in shown, WEEKLY["title"] in shown) == (False, True)
    csrf = (await desk.get("/me")).forms[0].fields["csrf"]
    async with firm.runtime.db.read() as tx:
        number = str(await tx.scalar(select(RitualRow.id)))
    again = await desk.post(f"{PLAN}/off", {"csrf": csrf, "ritual": number, "day": "2026-02-03"})
    assert (again.status, "does not take place on this day" in again.text) == (422, True)
    assert (await desk.post(f"{PLAN}/off", {"csrf": csrf, "ritual": "1", "day": "2026-02-10"})).status == 404

    await pressed(desk, PAGE, f"{PLAN}/end")

    assert "Nothing is planned." in await text(firm, bob, PAGE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 121},
        {"place": "x" * 301},
        {"day": ""},
        {"day": "2026-01-30"},
        {"day": "2027-02-03"},
        {"time": "nine"},
        {"every": "3"},
        {"every": ""},
    ],
)
async def test_what_cannot_be_planned_is_said_beside_what_was_typed(
    firm: Firm, desk: Browser, wrong: dict[str, str]
) -> None:
    refused = await press(desk, PAGE, PLAN, **{**WEEKLY, **wrong})

    assert (refused.status, 'role="alert"' in refused.text, "Room 2" in refused.text or "place" in wrong) == (
        422,
        True,
        True,
    )
    assert await count(firm) == 0


async def test_the_limits_themselves_are_taken(firm: Firm, desk: Browser) -> None:
    edge = {"title": "x" * 120, "place": "y" * 300, "day": "2027-01-31", "every": "0"}
    await pressed(desk, PAGE, PLAN, **{**WEEKLY, **edge})
    for _ in range(MOST_STANDING - 1):
        await pressed(desk, PAGE, PLAN, **WEEKLY)

    many = await press(desk, PAGE, PLAN, **WEEKLY)

    assert (many.status, await count(firm)) == (422, MOST_STANDING)


async def test_the_rhythm_counts_weeks_and_is_shown_however_few_people_there_are(
    firm: Firm, desk: Browser, alice: App, sites: Document
) -> None:
    await pressed(desk, PAGE, PLAN, **WEEKLY)
    await pressed(desk, PAGE, PLAN, **{**WEEKLY, "title": "Same week", "day": "2026-02-04", "every": "0"})
    await press(desk, PAGE, f"{PLAN}/off")
    firm.clock.advance(days=16)
    await weekly.measure(firm.runtime)

    async with firm.runtime.db.read() as tx:
        (row,) = await reading.weeks_of(tx, int(sites["id"]), 1)
    # The weeks to the 8th, by what took place once, and to the 15th of February.
    assert row.figures[RHYTHM] == Figure(value=2)
    assert "2 of 8" in await text(firm, alice, "/c/sites/health")


async def test_what_is_over_is_forgotten_after_two_years(firm: Firm, desk: Browser) -> None:
    await pressed(desk, PAGE, PLAN, **{**WEEKLY, "every": "0"})
    firm.clock.advance(days=730)
    await housekeeping.forget_once(firm.runtime)
    assert await count(firm) == 1
    firm.clock.advance(days=10)
    await housekeeping.forget_once(firm.runtime)

    assert await count(firm) == 0
