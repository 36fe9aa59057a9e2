"""The pulse (product section 6): asked once a month, counted without names, shown as a mean from k answers on."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from models.measures import PULSE, Figure
from models.pulse import PulseMark, PulseToken
from models.queries import statistics as reading
from models.statistics import FACT
from models.writes import state
from server import housekeeping
from server.statistics import weekly
from tests.support.clock import FakeClock
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer

K = 5
FORM = 'action="/c/sites/pulse"'


@pytest.fixture
def clock() -> FakeClock:
    """The first minutes of the 20th of May, in the firm's time zone."""
    return FakeClock(datetime(2026, 5, 19, 22, 5, tzinfo=UTC))


@pytest.fixture
async def members(firm: Firm, alice: App, sites: Document) -> list[App]:
    """As many as k, the host among them."""
    async with firm.runtime.db.write() as tx:
        await state.put(tx, FACT, str(K))
    others = [await firm.person(f"member{number}") for number in range(K - 1)]
    for one in others:
        await one.follow(sites)
    return [alice, *others]


async def gives(firm: Firm, app: App, mark: str) -> Answer:
    return await sends(firm, app, "/c/sites/pulse", mark)


async def sends(firm: Firm, app: App, path: str, mark: str) -> Answer:
    browser = await firm.browser(app)
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]
    return await browser.post(path, {"csrf": csrf, "mark": mark})


async def asks(firm: Firm, app: App) -> bool:
    return FORM in (await (await firm.browser(app)).get("/c/sites")).text


async def shown(firm: Firm, sites: Document) -> Figure:
    """The figure of the newest week."""
    await weekly.measure(firm.runtime)
    async with firm.runtime.db.read() as tx:
        (row,) = await reading.weeks_of(tx, int(sites["id"]), 1)
    return row.figures[PULSE]


async def test_members_are_asked_once_and_the_mean_is_shown_when_the_month_is_over(
    firm: Firm, members: list[App], sites: Document
) -> None:
    assert await asks(firm, members[0])
    for app, mark in zip(members, "24555", strict=True):
        given = await gives(firm, app, mark)
        assert (given.status, given.location) == (303, "/c/sites?done=pulse")
    again = await gives(firm, members[0], "5")
    assert (again.status, "answered already" in again.text, await asks(firm, members[0])) == (403, True, False)

    # The Sunday before the month is over, and the one after it.
    firm.clock.advance(days=6)
    during = await shown(firm, sites)
    firm.clock.advance(days=13)

    assert (during, await shown(firm, sites)) == (Figure(), Figure(value=8))
    page = await (await firm.browser(members[0])).get("/c/sites/health?lang=en")
    assert "4 of 5" in page.text


async def test_nobody_is_asked_before_the_twentieth_and_again_in_the_next_month(firm: Firm, members: list[App]) -> None:
    firm.clock.advance(minutes=-6)
    early = await gives(firm, members[0], "3")
    assert (early.status, "from day 20" in early.text, await asks(firm, members[0])) == (403, True, False)

    firm.clock.advance(minutes=6)
    assert (await gives(firm, members[0], "3")).status == 303
    firm.clock.advance(days=31)
    assert await asks(firm, members[0])
    assert (await gives(firm, members[0], "3")).status == 303


async def test_nobody_is_asked_where_fewer_than_k_of_the_firm_are_members(
    firm: Firm, alice: App, sites: Document, members: list[App]
) -> None:
    await members[-1].post(f"/api/v1/accounts/{sites['id']}/unfollow")
    few = await gives(firm, alice, "3")
    assert (few.status, "Too few people" in few.text, await asks(firm, alice)) == (403, True, False)

    await members[-1].follow(sites)

    assert await asks(firm, alice)


async def test_who_is_no_member_gives_no_mark_and_a_mark_is_from_one_to_five(
    firm: Firm, alice: App, members: list[App]
) -> None:
    stranger = await firm.person("stranger")
    for other in (stranger, await firm.person("dora", role="auditor")):
        assert not await asks(firm, other)
        assert (await gives(firm, other, "3")).status == 403
    await firm.community("hidden", host=alice, visibility="private")
    nowhere = await sends(firm, stranger, "/c/hidden/pulse", "3")
    assert nowhere.status == 404
    for wrong in ("0", "6", "", "3.5", "٣"):
        assert (await gives(firm, alice, wrong)).status == 422

    async with firm.runtime.db.read() as tx:
        assert (await tx.select(select(PulseMark.answers))).all() == []


async def test_what_is_kept_tells_nobody_who_gave_which_mark_and_goes(
    firm: Firm, members: list[App], sites: Document
) -> None:
    """Rules of section 6: nothing about a person is stored; a count by mark, and tokens without the vault's key."""
    for app in members:
        await gives(firm, app, "4")
    async with firm.runtime.db.read() as tx:
        counted = (await tx.select(select(PulseMark.__table__))).all()
        tokens = (await tx.select(select(PulseToken.__table__))).all()
    assert [tuple(row) for row in counted] == [(int(sites["id"]), datetime(2026, 5, 1).date(), 4, K)]
    assert len({bytes(row[0]) for row in tokens}) == K
    assert {len(row) for row in tokens} == {2}

    firm.clock.advance(days=13)
    await housekeeping.forget_once(firm.runtime)
    async with firm.runtime.db.read() as tx:
        assert (await tx.select(select(PulseToken.token))).all() == []
        assert len((await tx.select(select(PulseMark.mark))).all()) == 1
    firm.clock.advance(days=30)
    await housekeeping.forget_once(firm.runtime)
    async with firm.runtime.db.read() as tx:
        assert (await tx.select(select(PulseMark.mark))).all() == []
