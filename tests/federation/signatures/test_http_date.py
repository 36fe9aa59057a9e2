"""Dates of HTTP, compared with the mail parser of the standard library."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.signatures.http_date import format_http_date, parse_http_date
from tests.federation.signatures.support import PATIENT

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))


@PATIENT
@given(MOMENTS)
def test_a_date_is_written_as_mail_writes_it_and_read_back(moment: datetime) -> None:
    text = format_http_date(moment)

    assert text == format_datetime(moment, usegmt=True)
    assert parse_http_date(text) == moment.replace(microsecond=0).timestamp()


def test_a_date_is_written_in_gmt_whatever_the_zone() -> None:
    moment = datetime(2025, 9, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    assert format_http_date(moment) == "Sun, 31 Aug 2025 23:30:00 GMT"


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon Nov  6 08:49:37 1994"]
)
def test_the_obsolete_form_is_read_and_the_day_name_not_compared(text: str) -> None:
    assert parse_http_date(text) == 784111777


def test_two_digit_years_are_of_this_century() -> None:
    assert parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == datetime(2094, 11, 6, 8, 49, 37, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37",
        "sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
    ],
)
def test_everything_else_is_not_a_date(text: str) -> None:
    assert parse_http_date(text) is None
