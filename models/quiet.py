"""When the firm works and when it is quiet: one setting for everybody, kept as a fact of the installation.

Pure: the present comes in as an argument. People may have hours and a time zone of their own (product section 7); those
are passed in where they are known, and fall back to these.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

FACT = "quiet hours"
"""The fact of the installation that holds the setting, as JSON."""

WORK_BEGINS, WORK_ENDS = time(8), time(19)
"""What counts as working hours in statistics, on working days, whatever the quiet hours are (product section 6)."""

MOST_HOLIDAYS = 200


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """The firm's default. Quiet is from `begins` until `ends` on the next day, and all day on the other days."""

    zone: str = "Europe/Paris"
    """A name of the IANA time zone database."""
    begins: time = time(19)
    ends: time = time(8)
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Monday is 0; at least one."""
    holidays: tuple[date, ...] = ()

    def is_working_day(self, day: date) -> bool:
        """A day of the week on which the firm works, and no holiday."""
        return day.weekday() in self.working_days and day not in self.holidays

    def local(self, at: datetime, *, zone: str | None = None) -> datetime:
        """The same moment by the clocks of this time zone, or the firm's."""
        return at.astimezone(zone_of(zone or self.zone))

    def is_quiet(self, at: datetime, *, zone: str | None = None) -> bool:
        """Nothing may make a noise at this moment, in this time zone or the firm's."""
        local = at.astimezone(zone_of(zone or self.zone))
        return not self.is_working_day(local.date()) or not self.ends <= local.time() < self.begins

    def over_at(self, at: datetime, *, zone: str | None = None) -> datetime:
        """When the quiet that holds now is over, in UTC; the moment itself where it is not quiet."""
        if not self.is_quiet(at, zone=zone):
            return at
        where = zone_of(zone or self.zone)
        local = at.astimezone(where)
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return datetime.combine(day, self.ends, where).astimezone(UTC)

    def end_of_working_day(self, at: datetime, number: int) -> datetime:
        """The end of a working day, in UTC: of the first, second, … after the day of this moment; `number` from 1."""
        where = zone_of(self.zone)
        day = at.astimezone(where).date()
        while number > 0:
            day += timedelta(days=1)
            number -= self.is_working_day(day)
        return datetime.combine(day + timedelta(days=1), time(), where).astimezone(UTC)

    def is_worked(self, at: datetime) -> bool:
        """In the working hours of statistics: a working day between 08:00 and 19:00, in the firm's time zone."""
        local = at.astimezone(zone_of(self.zone))
        return self.is_working_day(local.date()) and WORK_BEGINS <= local.time() < WORK_ENDS

    def hours_worked(self, since: datetime, until: datetime) -> float:
        """Working hours between two moments; 0 where the second is not later."""
        where = zone_of(self.zone)
        day, last = since.astimezone(where).date(), until.astimezone(where).date()
        total = timedelta()
        while day <= last:
            if self.is_working_day(day):
                begins = max(since, datetime.combine(day, WORK_BEGINS, where))
                ends = min(until, datetime.combine(day, WORK_ENDS, where))
                # Two moments in one zone are subtracted by the clock on the wall: in UTC, by time that has passed.
                total += max(timedelta(), ends.astimezone(UTC) - begins.astimezone(UTC))
            day += timedelta(days=1)
        return total / timedelta(hours=1)


@cache
def zone_of(name: str) -> tzinfo:
    """A time zone by its name; UTC where the machine has no such zone (Debian's package `tzdata` is missing)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def is_zone(name: str) -> bool:
    """The machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
