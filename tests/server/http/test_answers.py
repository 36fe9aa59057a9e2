"""JSON answers, and dates in the one form that all clients parse."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from aiohttp import web

from server.http.answers import day, instant, json_answer, midnight
from tests.server.http.conftest import Serve

PARIS = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 1, 31, 12, 5, 0, 123_999, UTC), "2026-01-31T12:05:00.123Z"),
        (datetime(2026, 1, 31, 12, 5, tzinfo=UTC), "2026-01-31T12:05:00.000Z"),
        (datetime(2026, 1, 31, 0, 5, tzinfo=PARIS), "2026-01-30T23:05:00.000Z"),
        (datetime(987, 1, 1, tzinfo=UTC), "0987-01-01T00:00:00.000Z"),
    ],
)
def test_instants_have_three_decimals_and_z(at: datetime, expected: str) -> None:
    assert instant(at) == expected


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant(datetime(2026, 1, 31))


def test_days_are_days_in_utc() -> None:
    just_after_midnight_in_paris = datetime(2026, 1, 31, 0, 5, tzinfo=PARIS)

    assert day(just_after_midnight_in_paris) == "2026-01-30"
    assert midnight(just_after_midnight_in_paris) == "2026-01-30T00:00:00.000Z"
    assert day(date(2026, 1, 31)) == "2026-01-31"


async def test_json_is_utf_8_and_not_escaped(serve: Serve) -> None:
    async def show(request: web.Request) -> web.Response:
        return json_answer({"é": [1, None, True]}, status=202, headers={"X-Own": "1"})

    client = await serve(web.get("/api/v1/show", show))

    response = await client.get("/api/v1/show")

    assert response.status == 202
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["X-Own"] == "1"
    assert await response.read() == '{"é":[1,null,true]}'.encode()
