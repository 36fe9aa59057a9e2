"""When rituals take place: by the clocks on the wall, not on days called off, not after their end."""

from datetime import UTC, datetime, timedelta

from models.quiet import QuietHours
from models.rituals import Ritual, is_over, moments

HOURS = QuietHours()
TUESDAY_NINE = datetime(2026, 3, 17, 8, tzinfo=UTC)
"""In Paris, where summer time begins on the 29th."""


def ritual(every_weeks: int = 1, off: tuple[str, ...] = (), ended_at: datetime | None = None) -> Ritual:
    return Ritual(1, 2, "Coffee", "", TUESDAY_NINE, every_weeks, list(off), ended_at)


def found(one: Ritual, since: datetime = TUESDAY_NINE, weeks: int = 4) -> list[str]:
    return [f"{at:%m-%d %H}" for at in moments(one, HOURS, since, since + timedelta(weeks=weeks))]


def test_it_stays_at_nine_when_summer_time_begins() -> None:
    assert found(ritual()) == ["03-17 08", "03-24 08", "03-31 07", "04-07 07", "04-14 07"]
    assert found(ritual(2), weeks=5) == ["03-17 08", "03-31 07", "04-14 07"]


def test_once_is_once() -> None:
    assert found(ritual(0)) == ["03-17 08"]
    assert found(ritual(0), since=TUESDAY_NINE + timedelta(seconds=1)) == []


def test_the_moment_itself_is_in_and_the_end_is_not() -> None:
    week = timedelta(weeks=1)
    assert list(moments(ritual(), HOURS, TUESDAY_NINE, TUESDAY_NINE + week)) == [TUESDAY_NINE]
    later = TUESDAY_NINE + timedelta(days=700)
    (only,) = moments(ritual(), HOURS, later, later + week)
    assert later <= only < later + week


def test_days_called_off_and_what_comes_after_the_end_are_not_in_it() -> None:
    ended = TUESDAY_NINE + timedelta(weeks=3)
    assert found(ritual(off=("2026-03-24",), ended_at=ended)) == ["03-17 08", "03-31 07", "04-07 07"]
    assert not is_over(ritual(ended_at=ended), HOURS, TUESDAY_NINE)
    assert is_over(ritual(ended_at=ended), HOURS, ended)
    assert is_over(ritual(0), HOURS, ended)
