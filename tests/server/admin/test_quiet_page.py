"""The page of quiet hours: what is chosen counts, what cannot be is refused with what was typed."""

import pytest

from models.queries import quiet
from models.quiet import MOST_HOLIDAYS, QuietHours
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import Firm
from tests.support.site import Browser

PAGE = "/admin/quiet"


async def hours_of(firm: Firm) -> QuietHours:
    async with firm.runtime.db.read() as tx:
        return await quiet.firm_hours(tx)


async def test_the_firm_has_hours_before_anybody_chose_some(firm: Firm, admin: Browser) -> None:
    page = await admin.get(PAGE)

    assert await hours_of(firm) == QuietHours()
    assert 'value="08:00"' in page.text
    assert 'value="19:00"' in page.text
    assert "No day to come is listed" in page.text


async def test_what_is_chosen_counts_and_is_in_the_trail(firm: Firm, admin: Browser, auditor: Browser) -> None:
    typed = {
        "zone": "Europe/Brussels",
        "ends": "07:30",
        "begins": "18:00",
        "day5": "on",
        "holidays": "2090-07-21\n01/05/2090\n\n2090-07-21\n",
    }
    saved = await pressed(admin, PAGE, PAGE, **typed)
    hours = await hours_of(firm)
    entry = await last_entry(firm)

    assert "These hours count from now on." in saved.text
    assert (hours.zone, hours.ends.isoformat(), hours.working_days) == (
        "Europe/Brussels",
        "07:30:00",
        (0, 1, 2, 3, 4, 5),
    )
    assert [day.isoformat() for day in hours.holidays] == ["2090-05-01", "2090-07-21"]
    assert (entry.action, entry.actor) == ("server.quiet", "olga@home.test")
    assert "2090-07-21" in (await auditor.get(PAGE)).text
    assert "Working time and holidays<span" in (await admin.get("/admin/overview")).text


async def test_pages_tell_the_time_by_the_clocks_of_the_firm(firm: Firm, admin: Browser) -> None:
    """At noon in UTC: a moment, and the day on which it falls."""
    assert "31 Jan 2026, 13:00" in (await admin.get("/admin/audit?lang=en")).text

    await pressed(admin, PAGE, PAGE, zone="Pacific/Auckland")

    assert "1 Feb 2026, 01:00" in (await admin.get("/admin/audit?lang=en")).text
    assert "1 February 2026" in (await admin.get("/admin/people/olga?lang=en")).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"zone": "Europe/Nowhere"}, "There is no time zone"),
        ({"zone": "../../etc/passwd"}, "There is no time zone"),
        ({"ends": "8 o’clock"}, "is no time of day"),
        ({"ends": "19:00"}, "The quiet ends in the morning"),
        ({"begins": "24:00"}, "is no time of day"),
        ({"holidays": "31/02/2027"}, "is no date"),
        ({"holidays": "<b>1</b>"}, "is no date"),
        ({f"day{number}": "" for number in range(7)}, "at least one working day"),
        ({"holidays": "\n".join(f"{2000 + number}-01-01" for number in range(MOST_HOLIDAYS + 1))}, "holidays are not"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    firm: Firm, admin: Browser, wrong: dict[str, str], said: str
) -> None:
    refused = await press(admin, PAGE, PAGE, **wrong)

    assert refused.status == 422
    assert said in refused.text
    assert "<b>1</b>" not in refused.text
    assert await hours_of(firm) == QuietHours()


async def test_as_many_holidays_as_are_taken(firm: Firm, admin: Browser) -> None:
    await pressed(admin, PAGE, PAGE, holidays="\n".join(f"{2000 + number}-01-01" for number in range(MOST_HOLIDAYS)))

    assert len((await hours_of(firm)).holidays) == MOST_HOLIDAYS


async def test_an_auditor_looks_and_does_not_choose(firm: Firm, admin: Browser, auditor: Browser) -> None:
    page = await auditor.get(PAGE)
    token = (await auditor.get("/me")).forms[0].fields["csrf"]
    refused = await auditor.post(PAGE, {"csrf": token, "zone": "UTC", "begins": "20:00", "ends": "06:00", "day0": "on"})

    assert [form for form in page.forms if form.action == PAGE] == []
    assert refused.status == 403
    assert await hours_of(firm) == QuietHours()
