"""When the firm is quiet, and how long a question waited in working hours (product sections 6 and 7)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from models.quiet import QuietHours, is_zone

HOURS = QuietHours(holidays=(date(2026, 5, 1), date(2026, 5, 14)))


def paris(day: int, hour: int, minute: int = 0, *, month: int = 5) -> datetime:
    """A moment in summer in Paris, two hours ahead of UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=2)


@pytest.mark.parametrize(
    ("at", "number", "end"),
    [
        (paris(4, 9), 1, paris(6, 0)),
        (paris(4, 0), 5, paris(12, 0)),
        (paris(4, 23, 59), 5, paris(12, 0)),
        (paris(5, 0), 5, paris(13, 0)),
        (paris(8, 12), 5, paris(19, 0)),
        (paris(30, 12, month=4), 1, paris(5, 0)),
    ],
)
def test_working_days_are_counted_from_the_day_after(at: datetime, number: int, end: datetime) -> None:
    """By the clocks of the firm: from a Monday, a Friday, over weekends and holidays."""
    assert HOURS.end_of_working_day(at, number) == end


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        (paris(4, 7, 59), True),
        (paris(4, 8), False),
        (paris(4, 18, 59), False),
        (paris(4, 19), True),
        (paris(2, 12), True),
        (paris(1, 12), True),
    ],
)
def test_it_is_quiet_outside_of_the_hours_on_weekends_and_on_holidays(at: datetime, is_quiet: bool) -> None:
    assert HOURS.is_quiet(at) is is_quiet


@pytest.mark.parametrize(
    ("at", "over"),
    [
        (paris(4, 6), paris(4, 8)),
        (paris(4, 12), paris(4, 12)),
        (paris(4, 19), paris(5, 8)),
        # A Thursday evening before a holiday on Friday: until Monday.
        (paris(30, 20, month=4), paris(4, 8)),
        (paris(13, 19, 30), paris(15, 8)),
    ],
)
def test_the_quiet_is_over_when_work_begins(at: datetime, over: datetime) -> None:
    assert HOURS.over_at(at) == over


def test_somebody_elsewhere_has_the_quiet_of_their_own_time_zone() -> None:
    noon = paris(4, 12)

    assert HOURS.is_quiet(noon, zone="America/New_York")
    assert HOURS.over_at(noon, zone="America/New_York") == datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_the_quiet_ends_at_the_time_on_the_wall_after_the_clocks_change() -> None:
    friday_evening = datetime(2026, 10, 23, 20, tzinfo=UTC)

    assert HOURS.over_at(friday_evening) == datetime(2026, 10, 26, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (paris(4, 9), paris(4, 10, 30), 1.5),
        (paris(4, 18), paris(5, 9), 2.0),
        # From Thursday, over the first of May and a weekend.
        (paris(30, 18, month=4), paris(4, 10), 3.0),
        (paris(2, 9), paris(3, 9), 0.0),
        (paris(5, 9), paris(4, 9), 0.0),
    ],
)
def test_waiting_is_counted_in_working_hours(since: datetime, until: datetime, hours: float) -> None:
    assert HOURS.hours_worked(since, until) == hours


def test_working_hours_of_statistics_do_not_follow_the_quiet_hours() -> None:
    early = QuietHours(ends=time(6), begins=time(21))

    assert not early.is_quiet(paris(4, 7))
    assert not early.is_worked(paris(4, 7))


@pytest.mark.parametrize("name", ["", "Europe", "Europe/Nowhere", "../etc/passwd", "a\x00b", "/etc/passwd", "x" * 5000])
def test_what_is_no_time_zone_is_none(name: str) -> None:
    """Threats T126."""
    assert not is_zone(name)
