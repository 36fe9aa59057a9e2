"""Rate limits: who shares a budget, where it ends, and what clients are told of it."""

from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.http.answers import json_answer
from server.http.errors import unauthorized
from server.http.keys import LIMITS
from server.http.limits import ACCOUNT_FACTOR, ApiLimits, FixedWindows, bucket, client_address
from tests.server.http.conftest import Client, Serve, TestClock

RATE = 3
PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"))


async def anybody(request: web.Request) -> web.Response:
    return json_answer({})


async def a_person(request: web.Request) -> web.Response:
    """Tokens of this server are `account-number`; the way in which they are proven is not of interest here."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    account, _, number = given.partition("-")
    if not number.isdigit():
        raise unauthorized()
    request.app[LIMITS].spend_token(request, token_id=int(account + number), account_id=int(account))
    return json_answer({})


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(
        web.get("/api/v1/instance", anybody),
        web.get("/api/v1/home", a_person),
        web.get("/.well-known/webfinger", anybody),
        rate=RATE,
    )


def token(given: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {given}"}


async def test_an_address_has_its_budget_and_not_one_more(client: Client) -> None:
    """T104."""
    statuses = [(await client.get("/api/v1/instance")).status for _ in range(RATE + 1)]

    assert statuses == [200] * RATE + [429]


async def test_over_the_limit_the_answer_says_until_when(client: Client) -> None:
    for _ in range(RATE):
        await client.get("/api/v1/instance")

    response = await client.get("/api/v1/instance")

    assert await response.json() == {"error": "Too many requests"}
    assert response.headers["X-RateLimit-Limit"] == str(RATE)
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert response.headers["X-RateLimit-Reset"] == "2026-01-31T12:05:00.000000Z"
    assert response.headers["Retry-After"] == "300"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_every_answer_tells_what_is_left(client: Client) -> None:
    first = await client.get("/api/v1/instance")
    second = await client.get("/api/v1/nothing")

    assert first.headers["X-RateLimit-Remaining"] == str(RATE - 1)
    assert second.status == 404
    assert second.headers["X-RateLimit-Remaining"] == str(RATE - 2)


async def test_the_budget_is_whole_again_when_the_window_ends(client: Client, clock: TestClock) -> None:
    for _ in range(RATE):
        await client.get("/api/v1/instance")
    clock.advance(299)
    before = await client.get("/api/v1/instance")
    clock.advance(1)
    after = await client.get("/api/v1/instance")

    assert before.status == 429
    assert after.status == 200
    assert after.headers["X-RateLimit-Reset"] == "2026-01-31T12:10:00.000000Z"


async def test_each_token_has_a_budget_of_its_own(client: Client) -> None:
    first = [(await client.get("/api/v1/home", headers=token("7-1"))).status for _ in range(RATE + 1)]
    second = await client.get("/api/v1/home", headers=token("7-2"))
    anonymous = await client.get("/api/v1/instance")

    assert first == [200] * RATE + [429]
    assert second.status == 200
    assert anonymous.headers["X-RateLimit-Remaining"] == str(RATE - 1)


async def test_an_account_has_five_times_as_much_over_all_its_tokens(client: Client) -> None:
    statuses = [
        (await client.get("/api/v1/home", headers=token(f"7-{number}"))).status
        for number in range(ACCOUNT_FACTOR * RATE + 1)
    ]
    another = await client.get("/api/v1/home", headers=token("8-1"))

    assert statuses == [200] * (ACCOUNT_FACTOR * RATE) + [429]
    assert another.status == 200


async def test_tokens_of_no_account_do_not_evade_the_limit_of_the_address(client: Client) -> None:
    """T104: a new invented token with each request."""
    statuses = [(await client.get("/api/v1/home", headers=token(f"invented{n}"))).status for n in range(RATE + 1)]

    assert statuses == [401] * RATE + [429]


async def test_a_token_nobody_looks_at_does_not_evade_the_limit_of_the_address(client: Client) -> None:
    """T104."""
    statuses = [(await client.get("/api/v1/instance", headers=token(str(n)))).status for n in range(RATE + 1)]

    assert statuses == [200] * RATE + [429]


@pytest.mark.parametrize(
    "path", ["/api/v1/instance/", "/api/v1/instance?x=1", "/api/v1/%69nstance", "/api/v1/nothing", "/api/V1/instance"]
)
async def test_no_spelling_of_a_path_has_a_budget_of_its_own(client: Client, path: str) -> None:
    """T104."""
    for _ in range(RATE):
        await client.get("/api/v1/instance")

    response = await client.get(path)

    assert response.status == 429


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
async def test_forged_headers_do_not_change_the_address(client: Client, header: str) -> None:
    """T104; nothing is trusted here."""
    statuses = [
        (await client.get("/api/v1/instance", headers={header: f"192.0.2.{n}"})).status for n in range(RATE + 1)
    ]

    assert statuses == [200] * RATE + [429]


async def test_behind_a_trusted_proxy_each_client_has_its_budget(serve: Serve) -> None:
    client = await serve(web.get("/api/v1/instance", anybody), rate=RATE, trusted_proxies=(ip_network("127.0.0.0/8"),))

    one = [
        (await client.get("/api/v1/instance", headers={"X-Forwarded-For": "192.0.2.1"})).status for _ in range(RATE + 1)
    ]
    another = await client.get("/api/v1/instance", headers={"X-Forwarded-For": "192.0.2.2"})

    assert one == [200] * RATE + [429]
    assert another.status == 200


async def test_zero_is_no_limit_and_no_headers(serve: Serve) -> None:
    client = await serve(web.get("/api/v1/instance", anybody), web.get("/api/v1/home", a_person), rate=0)

    anonymous = [await client.get("/api/v1/instance") for _ in range(20)]
    person = await client.get("/api/v1/home", headers=token("7-1"))

    assert {response.status for response in anonymous} == {200}
    assert person.status == 200
    assert not [name for name in person.headers if name.startswith("X-RateLimit")]


async def test_federation_and_discovery_are_not_limited_as_clients_are(client: Client) -> None:
    statuses = {(await client.get("/.well-known/webfinger")).status for _ in range(RATE + 5)}

    assert statuses == {200}


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1, 10.2.3.4"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["10.9.9.9"], "10.9.9.9"),
        ("10.0.0.1", ["198.51.100.1, rubbish"], "10.0.0.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8:ffff::1", ["2001:db8::7"], "2001:db8::7"),
        ("", ["198.51.100.1"], "local"),
    ],
)
def test_the_address_is_the_first_that_no_trusted_proxy_has(peer: str, forwarded: list[str], expected: str) -> None:
    """T104."""
    headers = [("X-Forwarded-For", line) for line in forwarded]
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)

    assert client_address(request, PROXIES) == expected


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("fe80::1%eth0", "fe80::2%eth0", "fe80:0:0:1::1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("local", "local", "192.0.2.2"),
    ],
)
def test_ipv6_addresses_share_the_budget_of_their_network(address: str, same: str, other: str) -> None:
    """T104: rotation within a /64."""
    assert bucket(address) == bucket(same)
    assert bucket(address) != bucket(other)


def test_a_full_table_forgets_instead_of_growing(clock: TestClock) -> None:
    windows = FixedWindows(1, 300, clock, capacity=2)
    for caller in ("a", "b"):
        windows.count(caller)

    at_capacity = windows.count("a")
    windows.count("c")
    forgotten = windows.count("a")

    assert at_capacity.is_exceeded
    assert not forgotten.is_exceeded


def test_a_clock_that_was_set_back_opens_a_new_window(clock: TestClock) -> None:
    windows = FixedWindows(1, 300, clock)
    windows.count("a")
    clock.advance(-3600)

    assert windows.count("a").reset == "2026-01-31T11:05:00.000000Z"


def test_other_budgets_are_counted_apart(clock: TestClock) -> None:
    uploads, deletions = FixedWindows(1, 1800, clock), FixedWindows(1, 1800, clock)

    uploads.count(7)

    assert not deletions.count(7).is_exceeded
    assert uploads.count(7).is_exceeded


def test_an_app_token_counts_without_an_account(clock: TestClock) -> None:
    limits = ApiLimits(1, clock)
    request = make_mocked_request("GET", "/api/v1/apps/verify_credentials")

    limits.spend_token(request, token_id=1, account_id=None)

    with pytest.raises(Exception, match="Too many requests"):
        limits.spend_token(request, token_id=1, account_id=None)
