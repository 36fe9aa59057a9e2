"""The line from one server to another: everything passes here, and much can happen to it on the way.

    async with Line.to("beta.test", hosts, random.Random(seed)) as line:
        alpha_sees = {**hosts, "beta.test": line.endpoint}

Mishaps befall deliveries only, as a network brings them about: what was not answered is sent again by who sent it.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, DummyCookieJar, web
from multidict import CIMultiDict
from yarl import URL

from tests.support.fake_peer import Endpoint, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance

PASSED, TWICE, UNANSWERED, DELAYED, LATE, LOST = "passed", "twice", "unanswered", "delayed", "late", "lost"
_WEIGHTS = {PASSED: 16, TWICE: 2, UNANSWERED: 1, DELAYED: 2, LATE: 1, LOST: 1}
"""`TWICE`: a copy comes later. `UNANSWERED`: it arrives, and the answer is lost. `DELAYED`: others overtake it.
`LATE`: the sender gives up, and it arrives after all. `LOST`: it never arrives.
"""
_HOP_BY_HOP = ("Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding")


@dataclass(frozen=True)
class Letter:
    """One request on its way."""

    method: str
    target: str
    headers: "CIMultiDict[str]"
    body: bytes


@dataclass
class Line:
    """Listens in a server's place and passes on what it gets, as far as the line holds."""

    host: str
    hosts: Hosts
    chance: random.Random
    session: ClientSession
    endpoint: Endpoint = ("127.0.0.1", 0)
    is_cut: bool = False
    is_rough: bool = False
    """Whether there are mishaps."""
    fate: str | None = None
    """What befalls every delivery; None: what chance decides, if the line is rough."""
    puts_date: str | None = None
    """What a proxy on the line writes in place of each request's date."""
    happened: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_WEIGHTS, 0))
    """How many deliveries went which way."""
    caught: list[Letter] = field(default_factory=list)
    """Every delivery that was sent into the line, whether or not it came out of it."""
    _kept: list[Letter] = field(default_factory=list)
    _moves_on: asyncio.Event = field(default_factory=asyncio.Event)

    @staticmethod
    @asynccontextmanager
    async def to(host: str, hosts: Hosts, chance: random.Random) -> "AsyncIterator[Line]":
        """A line to the server that `hosts` knows, now or later, by this name."""
        async with ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False) as session:
            line = Line(host, hosts, chance, session)
            runner = web.ServerRunner(web.Server(line._take), shutdown_timeout=0.1)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                address, port = runner.addresses[0][:2]
                line.endpoint = address, port
                yield line
            finally:
                line.move_on()
                await runner.cleanup()

    def move_on(self) -> None:
        """Let what was delayed go on."""
        self._moves_on.set()
        self._moves_on = asyncio.Event()

    async def deliver_late(self) -> None:
        """Copies and stragglers arrive now, in any order; nobody waits for their answers."""
        letters, self._kept = self._kept, []
        self.chance.shuffle(letters)
        for letter in letters:
            await self._pass_on(letter)

    async def _take(self, request: web.BaseRequest) -> web.StreamResponse:
        letter = Letter(request.method, request.raw_path, request.headers.copy(), await request.read())
        if self.puts_date is not None:
            letter.headers["Date"] = self.puts_date
        if letter.method == "POST":
            self.caught.append(letter)
        fate = self._fate(letter)
        if fate in (TWICE, LATE):
            self._kept.append(letter)
        if fate == DELAYED:
            await self._moves_on.wait()
        answer = None if self.is_cut or fate in (LATE, LOST) else await self._pass_on(letter)
        if answer is None or fate == UNANSWERED:
            return _hang_up(request)
        return answer

    def _fate(self, letter: Letter) -> str:
        if letter.method != "POST" or self.is_cut:
            return PASSED
        if self.fate is not None:
            return self.fate
        if not self.is_rough:
            return PASSED
        (fate,) = self.chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        self.happened[fate] += 1
        return fate

    async def _pass_on(self, letter: Letter) -> web.Response | None:
        """The server's answer; None where it is away, or dies over it."""
        address, port = self.hosts[self.host]
        try:
            async with self.session.request(
                letter.method,
                URL(f"http://{address}:{port}{letter.target}", encoded=True),
                headers=letter.headers,
                data=letter.body or None,
                allow_redirects=False,
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            ) as response:
                body = await response.read()
                headers = CIMultiDict(pair for pair in response.headers.items() if pair[0] not in _HOP_BY_HOP)
                return web.Response(status=response.status, headers=headers, body=body)
        except (ClientError, OSError):
            return None


def _hang_up(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)


@asynccontextmanager
async def wired(
    hosts: Iterable[str], clock: HeldClock, chance: random.Random, new_database: Databases, folder: Path
) -> AsyncIterator[list[tuple[Instance, Line]]]:
    """Servers that are installed and not started, each with the line at whose end the others see it."""
    places: Hosts = {}
    async with AsyncExitStack() as stack:
        made = []
        for host in hosts:
            sees: Hosts = {}
            server = await stack.enter_async_context(Instance.made(host, sees, clock, new_database(), folder))
            places[host] = sees[host]
            line = await stack.enter_async_context(Line.to(host, places, random.Random(chance.random())))
            made.append((server, line))
        for server, _ in made:
            server.hosts.update({line.host: line.endpoint for other, line in made if other is not server})
        yield made
