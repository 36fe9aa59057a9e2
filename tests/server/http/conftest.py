"""A real aiohttp application on a loopback socket: handlers of the tests, everything of server/http around them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web_routedef import AbstractRouteDef

from server.http.keys import BASE_URL, CLOCK, LIMITS, TOKENS
from server.http.limits import ApiLimits, Network
from server.http.middlewares import install

PUBLIC_URL = "https://public.example"

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]


class TestClock:
    """A clock that stands still until it is told to go on."""

    __test__ = False

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class CountedTokens:
    """Tokens that differ, and can be foretold."""

    def __init__(self) -> None:
        self._made = 0

    def secret(self, length: int = 32) -> str:
        self._made += 1
        return f"token-{self._made}"

    def fraction(self) -> float:
        return 0.5

    def next_id(self, at: datetime) -> int:
        self._made += 1
        return (int(at.timestamp() * 1000) << 16) + self._made


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def serve(clock: TestClock) -> AsyncIterator[Serve]:
    """Starts an application with the given routes; a client that does not follow redirects comes back."""
    clients: list[Client] = []

    async def start(
        *routes: AbstractRouteDef,
        rate: int = 0,
        trusted_proxies: Sequence[Network] = (),
        prepare: Callable[[web.Application], None] = lambda app: None,
    ) -> Client:
        app = web.Application()
        app[BASE_URL] = PUBLIC_URL
        app[CLOCK] = clock
        app[TOKENS] = CountedTokens()
        app[LIMITS] = ApiLimits(rate, clock, trusted_proxies)
        install(app)
        prepare(app)
        app.router.add_routes(routes)
        client = TestClient(TestServer(app))
        # Compressed bodies are refused, so they are not unpacked either (threats T081).
        await client.server.start_server(auto_decompress=False)
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()
