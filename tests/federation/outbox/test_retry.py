"""What an answer to a delivery means, and when a peer is tried again: tables of the whole decision."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.outbox.retry import (
    GIVE_UP,
    LATER,
    SCHEDULE,
    Health,
    Outcome,
    after_failure,
    is_given_up,
    next_attempt,
    outcome_of,
    reason_of,
    retry_after,
)

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

REFUSED = (400, 401, 403, 404, 405, 406, 413, 415, 422)
LATER_STATUSES = (408, 425, 429)


@pytest.mark.parametrize("status", range(100, 600))
@pytest.mark.parametrize("may_knock_again", [True, False])
def test_every_status_has_one_meaning(status: int, may_knock_again: bool) -> None:
    """Architecture 7, T193 to T195."""
    if 200 <= status < 300:
        expected = Outcome.DELIVERED
    elif status == 410:
        expected = Outcome.INBOX_GONE
    elif status >= 500 or status in LATER_STATUSES:
        expected = Outcome.PEER_WAITS
    elif status in (400, 401) and may_knock_again:
        expected = Outcome.OTHER_SCHEME
    else:
        expected = Outcome.REFUSED

    assert outcome_of(status, may_knock_again=may_knock_again) is expected


@pytest.mark.parametrize("status", REFUSED)
def test_a_refusal_is_final(status: int) -> None:
    """T194"""
    assert outcome_of(status, may_knock_again=False) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(1, 1), (2, 5), (3, 15), (4, 60), (5, 180), (6, 360), (7, 720), (8, 720), (40, 720), (100_000, 720)],
)
def test_waits_grow_to_half_a_day(failures: int, minutes: int) -> None:
    """Threats 2.2: 1 m, 5 m, 15 m, 1 h, 3 h, 6 h, then every 12 h."""
    assert next_attempt(failures, NOW, 0.5) == NOW + timedelta(minutes=minutes)


@given(st.integers(1, 50), st.floats(0, 1))
def test_chance_moves_a_wait_by_a_fifth_at_most(failures: int, jitter: float) -> None:
    """Threats 2.2: plus or minus 20 per cent."""
    planned = SCHEDULE[failures - 1] if failures <= len(SCHEDULE) else LATER
    tick = timedelta(milliseconds=1)

    wait = next_attempt(failures, NOW, jitter) - NOW

    assert 0.8 * planned - tick <= wait <= 1.2 * planned + tick


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (NOW + timedelta(seconds=10), NOW + timedelta(minutes=1)),
        (NOW + timedelta(hours=2), NOW + timedelta(hours=2)),
        (NOW + DAY, NOW + DAY),
        (NOW + DAY + timedelta(seconds=1), NOW + DAY),
        (NOW + 400 * DAY, NOW + DAY),
    ],
    ids=["sooner than planned", "later", "a day", "a day and a second", "a year"],
)
def test_what_the_peer_asks_for_holds_up_to_a_day(asked: datetime, expected: datetime) -> None:
    """T197"""
    assert next_attempt(1, NOW, 0.5, asked) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", NOW),
        ("120", NOW + timedelta(minutes=2)),
        ("86400", NOW + DAY),
        ("86401", NOW + DAY),
        ("9" * 400, NOW + DAY),
        ("Sat, 31 Jan 2026 13:00:00 GMT", NOW + timedelta(hours=1)),
        ("Sat, 31 Jan 2026 14:00:00 +0100", NOW + timedelta(hours=1)),
        ("Sat, 31 Jan 2026 13:00:00 -0000", NOW + timedelta(hours=1)),
    ],
)
def test_a_retry_after_is_read_in_both_forms(value: str, expected: datetime) -> None:
    """RFC 9110, 10.2.3; T197."""
    assert retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "²",
        "٣",
        "Sat, 31 Jan 2026 11:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 99 Dec 2026 00:00:00 GMT",
        "Fri, 31 Dec 99999999999 00:00:00 GMT",
        "Fri, 31 Dec 2026 99999999999:00:00 GMT",
        "Sat, 31 Jan 2026 13:00:00 +99999999999",
        ",,,,",
        "\x00",
        "31 Jan",
    ],
)
def test_a_retry_after_that_says_nothing_is_passed_over(value: str | None) -> None:
    """T197: also what would overflow a date."""
    assert retry_after(value, NOW) is None


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,5} [A-Z][a-z]{2} \d{1,6} [\d:]{1,12} [+-]?\w{1,8}"))
def test_whatever_a_peer_writes_there_nothing_fails(value: str) -> None:
    """T197"""
    found = retry_after(value, NOW)

    assert found is None or found >= NOW


def test_the_first_failure_is_remembered_as_the_beginning() -> None:
    first = after_failure(Health(refusals=3), NOW)
    second = after_failure(first, NOW + DAY)

    assert first == Health(failures=1, refusals=3, failing_since=NOW)
    assert second == Health(failures=2, refusals=3, failing_since=NOW)


@pytest.mark.parametrize(("age", "expected"), [(GIVE_UP, False), (GIVE_UP + timedelta(microseconds=1), True)])
def test_a_delivery_is_kept_for_fourteen_days(age: timedelta, expected: bool) -> None:
    """T198"""
    assert is_given_up(NOW - age, NOW) is expected


@pytest.mark.parametrize(
    ("status", "ahead", "reason"),
    [
        (401, timedelta(minutes=5), "HTTP 401"),
        (401, timedelta(minutes=6), "HTTP 401: its clock is 6 minutes ahead of ours; keep both by NTP"),
        (401, timedelta(minutes=-119), "HTTP 401: its clock is 119 minutes behind ours; keep both by NTP"),
        (401, timedelta(hours=26), "HTTP 401: its clock is 26 hours ahead of ours; keep both by NTP"),
        (403, timedelta(hours=26), "HTTP 403"),
    ],
)
def test_a_refusal_for_the_time_says_how_far_the_clocks_are_apart(status: int, ahead: timedelta, reason: str) -> None:
    """At five minutes, and one past."""
    assert reason_of(status, format_datetime(NOW + ahead, usegmt=True), NOW) == reason


@pytest.mark.parametrize("date", [None, "", "soon", "Mon, 99 Jan 2026 12:00:00 GMT"])
def test_who_does_not_say_what_time_it_is_there_is_not_compared(date: str | None) -> None:
    assert reason_of(401, date, NOW) == "HTTP 401"
