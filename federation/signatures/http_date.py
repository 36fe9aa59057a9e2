"""Dates as HTTP writes them (RFC 9110, 5.6.7): made as IMF-fixdate, read in that form and the two obsolete ones.

Strict on purpose: a mail parser would take zones, comments and half a date as well.
"""

import re
from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, start=1)}

_DAY_NAME = f"(?:{'|'.join(_DAYS)})"
_MONTH_NAME = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS = (
    re.compile(f"{_DAY_NAME}, (?P<day>[0-9]{{2}}) {_MONTH_NAME} (?P<year>[0-9]{{4}}) {_TIME} GMT"),
    re.compile(
        "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, "
        f"(?P<day>[0-9]{{2}})-{_MONTH_NAME}-(?P<year>[0-9]{{2}}) {_TIME} GMT"
    ),
    re.compile(f"{_DAY_NAME} {_MONTH_NAME} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)


def format_http_date(moment: datetime) -> str:
    """The aware `moment` as the value of a Date header, cut to the second."""
    at = moment.astimezone(UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d}"
        f" {at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"
    )


def parse_http_date(text: str) -> float | None:
    """Seconds since 1970 of the value of a Date header; None when it is not a date.

    The name of the day is not compared with the date. Two-digit years are of this century.
    """
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is not None:
            break
    else:
        return None
    day, month, year, hour, minute, second = match.group("day", "month", "year", "hour", "minute", "second")
    try:
        moment = datetime(
            int(year) if len(year) == 4 else 2000 + int(year),
            _MONTH_NUMBERS[month],
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return moment.timestamp()
