"""The window in which a signature counts: one hour old, five minutes ahead (threats T009)."""

from datetime import timedelta, timezone

import pytest

from federation.signatures.message import SignedRequest
from tests.federation.signatures.support import KEY_ID, NOW, NOW_SECONDS, cavage, outcome, rfc9421

ACCEPTED = (202, "accepted")
STALE = (401, "sig_stale")
CREATED_ONLY = "(request-target) (created) host digest"

WINDOW = [
    (timedelta(0), ACCEPTED),
    (timedelta(minutes=59), ACCEPTED),
    (timedelta(hours=1), ACCEPTED),
    (timedelta(hours=1, seconds=1), STALE),
    (timedelta(minutes=61), STALE),
    (timedelta(days=400), STALE),
    (timedelta(minutes=-5), ACCEPTED),
    (timedelta(minutes=-5, seconds=-1), STALE),
    (timedelta(minutes=-6), STALE),
]


def made_at_now() -> list[SignedRequest]:
    """One request for each way to say when it was made."""
    created = {"(created)": str(NOW_SECONDS)}
    return [
        cavage(),
        cavage(CREATED_ONLY, pseudo=created, parameters=f',algorithm="hs2019",created={NOW_SECONDS}'),
        cavage(CREATED_ONLY, pseudo=created, parameters=f',created="{NOW_SECONDS}"'),
        rfc9421(),
    ]


@pytest.mark.parametrize(("age", "expected"), WINDOW)
@pytest.mark.parametrize("request_", made_at_now(), ids=["date", "created", "quoted-created", "rfc9421"])
def test_the_window_holds_to_the_second(request_: SignedRequest, age: timedelta, expected: tuple[int, str]) -> None:
    """T009."""
    assert outcome(request_, NOW + age) == expected


def expiring(expires: str, created: int = NOW_SECONDS) -> list[SignedRequest]:
    """Made at `created` and good until `expires`, in both schemes."""
    return [
        cavage(
            "(request-target) (created) (expires) host digest",
            pseudo={"(created)": str(created), "(expires)": expires},
            parameters=f',algorithm="hs2019",created={created},expires={expires}',
        ),
        rfc9421(parameters=f';created={created};expires={expires};keyid="{KEY_ID}"'),
    ]


@pytest.mark.parametrize(
    ("lifetime", "age", "expected"),
    [
        (300, 0, ACCEPTED),
        (300, 360, ACCEPTED),
        (300, 361, STALE),
        (0, 60, ACCEPTED),
        (0, 61, STALE),
        (-1, 0, STALE),
        (12 * 3600, 0, ACCEPTED),
        (12 * 3600 + 1, 0, STALE),
    ],
)
def test_an_expiry_holds_to_the_second(lifetime: int, age: int, expected: tuple[int, str]) -> None:
    """T009: past by at most a minute, after the creation, and not more than twelve hours after it."""
    outcomes = {outcome(request, NOW + timedelta(seconds=age)) for request in expiring(str(NOW_SECONDS + lifetime))}

    assert outcomes == {expected}


def test_an_expiry_counts_even_when_it_is_not_signed() -> None:
    """T009."""
    passed = cavage(parameters=f',algorithm="rsa-sha256",expires={NOW_SECONDS - 61}')
    ahead = cavage(parameters=f',algorithm="rsa-sha256",expires={NOW_SECONDS + 61}')

    assert outcome(passed) == STALE
    assert outcome(ahead) == ACCEPTED


def test_date_and_created_must_both_pass() -> None:
    """T009."""
    stale = NOW_SECONDS - 3601
    both = "(request-target) (created) host date digest"

    old_created = cavage(both, pseudo={"(created)": str(stale)}, parameters=f",created={stale}")
    old_date = rfc9421(
        '"@method" "@target-uri" "content-digest" "date"', headers={"date": "Mon, 01 Sep 2025 08:59:59 GMT"}
    )
    good = rfc9421('"@method" "@target-uri" "content-digest" "date"')

    assert outcome(old_created) == STALE
    assert outcome(old_date) == STALE
    assert outcome(good) == ACCEPTED


@pytest.mark.parametrize(
    "date", ["Monday, 01-Sep-25 10:00:00 GMT", "Mon Sep  1 10:00:00 2025", "Mon, 01 Sep 2025 10:00:00 GMT"]
)
def test_all_three_forms_of_http_dates_are_read(date: str) -> None:
    assert outcome(cavage(headers={"date": date})) == ACCEPTED


@pytest.mark.parametrize(
    "date",
    [
        "",
        "now",
        "1756720800",
        "2025-09-01T10:00:00Z",
        "Mon, 01 Sep 2025 10:00:00 +0000",
        "Mon, 31 Feb 2025 10:00:00 GMT",
    ],
)
def test_a_date_that_cannot_be_read_is_refused(date: str) -> None:
    """T009."""
    assert outcome(cavage(headers={"date": date})) == STALE


@pytest.mark.parametrize("created", ["", "soon", "-1756720800", "1e9", "1756720800.", "9" * 400])
def test_a_created_that_is_no_number_of_seconds_is_refused(created: str) -> None:
    """T009."""
    request = cavage(CREATED_ONLY, pseudo={"(created)": created}, parameters=f',algorithm="hs2019",created="{created}"')

    assert outcome(request) == STALE


@pytest.mark.parametrize("created", ["", '="1756720800"', "=1756720800.0", "=now", "=?1"])
def test_a_created_of_another_type_is_refused(created: str) -> None:
    """T009: a parameter without value is true, and true is a number to Python."""
    assert outcome(rfc9421(parameters=f';created{created};keyid="{KEY_ID}"')) == STALE


def test_the_clock_may_be_in_any_zone() -> None:
    assert outcome(cavage(), NOW.astimezone(timezone(timedelta(hours=2)))) == ACCEPTED
