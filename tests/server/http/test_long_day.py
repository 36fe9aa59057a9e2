"""Days in full: the first of a month has a form of its own in French, and no other day has it."""

from datetime import date

from server.http.languages import long_day


def test_the_first_of_a_month_in_french() -> None:
    days = [date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 11), date(2026, 12, 21)]

    assert [long_day(day, "fr") for day in days] == [
        "1er décembre 2026",
        "2 décembre 2026",
        "11 décembre 2026",
        "21 décembre 2026",
    ]
    assert long_day(days[0], "en") == "1 December 2026"
