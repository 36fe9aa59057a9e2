"""Real servers on loopback that answer as a test says, and clients whose STATIC_HOSTS lead to them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from federation.runtime import Budget
from federation.signatures.ways import BY_RSA, Attempt, Way
from federation.transport.addresses import Endpoint, StaticHosts
from federation.transport.client import Destinations, GetSigner, HttpClient, Limits

OWN_HOST = "home.test"

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class SteadyClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a peer got it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: object


@dataclass(slots=True)
class Peer:
    """A peer that keeps whatever it is asked."""

    host: str
    endpoint: Endpoint
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    @property
    def targets(self) -> list[str]:
        return [asked.target for asked in self.asked]


@dataclass(slots=True)
class Signer:
    """Signs by naming scheme and address, and keeps what it is told of the peers."""

    known: dict[str, Way] = field(default_factory=dict)
    remembered: list[tuple[str, Way]] = field(default_factory=list)

    async def sign_get(self, url: str, way: Way) -> list[dict[str, str]]:
        return [{"Signature": f"{way.scheme} {url}" if way.kind == "rsa" else f"{way.kind} {url}"}]

    async def sign_as_asked(self, url: str, said: str) -> Attempt | None:
        return Attempt(BY_RSA, {"Signature": f"{said} {url}"}) if said.startswith("sig") else None

    def remember(self, host: str, way: Way) -> None:
        self.remembered.append((host, way))


class Loopback:
    """All peers and clients of one test."""

    def __init__(self) -> None:
        self.signer = Signer()
        self.asked_about: list[str] = []
        self._peers: list[Peer] = []
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def peer(self, host: str, answer: Answer, *, tls: ssl.SSLContext | None = None) -> Peer:
        """A well-behaved HTTP server with this name."""
        peer = Peer(host, ("127.0.0.1", 0))

        async def take(request: web.BaseRequest) -> web.StreamResponse:
            connection = request.transport.get_extra_info("peername") if request.transport else None
            peer.asked.append(
                Asked(request.method, request.path_qs, request.headers.copy(), await request.read(), connection)
            )
            return await answer(request)

        runner = web.ServerRunner(web.Server(take, handler_cancellation=True), shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        peer.endpoint = runner.addresses[0][:2]
        self._closers.append(runner.cleanup)
        self._peers.append(peer)
        return peer

    async def raw_peer(self, host: str, script: Script) -> Peer:
        """A server that speaks whatever bytes the script writes; each connection is counted."""
        peer = Peer(host, ("127.0.0.1", 0))
        talks: set[asyncio.Task[None]] = set()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer.connections += 1
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            try:
                await script(reader, writer)
            except ConnectionError:
                return
            finally:
                talks.discard(task)
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)

        async def close() -> None:
            server.close()
            for task in talks:
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

        peer.endpoint = server.sockets[0].getsockname()
        self._closers.append(close)
        self._peers.append(peer)
        return peer

    def client(
        self,
        *,
        allowed: Collection[str] | None = None,
        allow_http: bool = True,
        static: Mapping[str, Endpoint] | None = None,
        limits: Limits | None = None,
        ca_file: str | None = None,
        lookup: AbstractResolver | None = None,
    ) -> HttpClient:
        """A client that may contact all peers made so far, or exactly those allowed."""
        hosts = {peer.host for peer in self._peers} if allowed is None else allowed

        def may_contact(host: str) -> bool:
            self.asked_about.append(host)
            return host in hosts

        endpoints = {peer.host: peer.endpoint for peer in self._peers} if static is None else static
        client = HttpClient(
            Destinations(OWN_HOST, may_contact, StaticHosts(endpoints), allow_http=allow_http),
            GetSigner(self.signer.sign_get, self.signer.sign_as_asked, self.signer.known.get, self.signer.remember),
            SteadyClock(),
            user_agent="Entrepairs/test",
            ca_file=ca_file,
            limits=limits,
            lookup=lookup,
        )
        self._closers.insert(0, client.close)
        return client

    async def close(self) -> None:
        for close in self._closers:
            await close()


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """Peers and clients, closed at the end."""
    loopback = Loopback()
    yield loopback
    await loopback.close()


@pytest.fixture
def budget() -> Budget:
    """What one cause may spend."""
    return Budget()


def document(body: bytes = b"{}", **headers: str) -> Answer:
    """Answers everything with an ActivityStreams document."""

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "application/activity+json", **headers})

    return answer


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """Answers everything with this status."""

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=code, body=body, headers=headers)

    return answer


def redirect(location: str, code: int = 302) -> Answer:
    """Redirects everything to one place."""
    return status(code, Location=location)


def bytes_once(answer: bytes) -> Script:
    """Reads one request, sends these bytes, hangs up."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return script
