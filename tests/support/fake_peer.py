"""Another server, run by a test: it owns actors with keys, signs rightly and wrongly, serves anything, counts requests.

    hosts: Hosts = {}
    async with FakePeer.running("partner.test", hosts, clock) as partner:
        bob = partner.actor("bob")
        answer = await bob.post("http://home.test/inbox", bob.activity("Like", object="http://home.test/objects/1"))

`hosts` is shared by all servers of a test: it leads to their sockets, and as `static_hosts(hosts)` it is the setting
by which the server under test reaches them. Everything that a peer is asked is in `asked`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, DummyCookieJar, web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from multidict import CIMultiDict
from yarl import URL

from federation.runtime import Clock
from tests.support.signing import ACTIVITY_TYPE, Pairs, Signing, pem_of, rsa_key, signed_headers

Endpoint = tuple[str, int]
Hosts = dict[str, Endpoint]
"""Host to the socket where it listens."""

Document = dict[str, Any]
Serve = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{ACTIVITY_STREAMS}#Public"
CONTEXT = [ACTIVITY_STREAMS, "https://w3id.org/security/v1"]


def static_hosts(hosts: Hosts) -> str:
    """The table as the setting STATIC_HOSTS."""
    return " ".join(f"{host}={address}:{port}" for host, (address, port) in hosts.items())


@dataclass(frozen=True)
class Asked:
    """One request as a peer got it."""

    method: str
    target: str
    """Path and query as on the request line."""
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: "CIMultiDict[str]"
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


# --- what a peer may answer ---


def document(content: object, *, status: int = 200, content_type: str = ACTIVITY_TYPE, **headers: str) -> Serve:
    """JSON, or bytes as they are, with any content type."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    async def serve(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, body=body, headers={"Content-Type": content_type, **headers})

    return serve


def redirect(location: str, *, status: int = 302) -> Serve:
    """Leads elsewhere."""
    return document(b"", status=status, Location=location)


async def stall(request: web.BaseRequest) -> web.StreamResponse:
    """Never answers; ends when whoever asked hangs up, or the peer is closed."""
    await asyncio.Event().wait()
    return web.Response()


async def drip(request: web.BaseRequest) -> web.StreamResponse:
    """Begins a document and goes on with a byte at a time, without an end."""
    response = web.StreamResponse(headers={"Content-Type": ACTIVITY_TYPE})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


# --- the peer and its actors ---


class FakePeer:
    """One server with a name, on a loopback socket. Takes every POST with 202; unknown GETs get 404."""

    def __init__(self, host: str, hosts: Hosts, clock: Clock, session: ClientSession) -> None:
        self.host = host
        self.clock = clock
        self.asked: list[Asked] = []
        self.actors: dict[str, FakeActor] = {}
        self._hosts = hosts
        self._session = session
        self._served: dict[str, Serve] = {}
        self.serve("/.well-known/webfinger", self._webfinger)

    @staticmethod
    @asynccontextmanager
    async def running(host: str, hosts: Hosts, clock: Clock) -> "AsyncIterator[FakePeer]":
        """A peer for the time of the block, entered into `hosts`."""
        session = ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False)
        peer = FakePeer(host, hosts, clock, session)
        # Not 0 seconds, which aiohttp takes for no limit.
        runner = web.ServerRunner(web.Server(peer._take, handler_cancellation=True), shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            address, port = runner.addresses[0][:2]
            hosts[host] = address, port
            yield peer
        finally:
            await session.close()
            await runner.cleanup()

    def url(self, path: str) -> str:
        """An address on this peer."""
        return f"http://{self.host}{path}"

    def serve(self, path: str, answer: Serve) -> None:
        """Answer GETs of this path, whatever the query, like that from now on."""
        self._served[path] = answer

    def actor(
        self, name: str, kind: str = "Person", *, key: RSAPrivateKey | None = None, **changes: Any
    ) -> "FakeActor":
        """An actor whose document is served. `changes` replace members of the document; None takes one away."""
        actor = FakeActor(self, name, kind, key or rsa_key(f"{name}@{self.host}"), changes)
        self.actors[name] = actor
        actor.publish()
        return actor

    def asked_for(self, path: str) -> list[Asked]:
        """The requests of one path so far."""
        return [asked for asked in self.asked if asked.path == path]

    async def _take(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Asked(request.method, request.raw_path, request.headers.copy(), await request.read())
        self.asked.append(asked)
        served = self._served.get(asked.path)
        if request.method == "POST":
            return await (served or document(b"", status=202))(request)
        return await (served or document({"error": "not found"}, status=404))(request)

    async def _webfinger(self, request: web.BaseRequest) -> web.StreamResponse:
        resource = URL(request.raw_path, encoded=True).query.get("resource", "")
        for actor in self.actors.values():
            if resource == f"acct:{actor.name}@{self.host}":
                link = {"rel": "self", "type": ACTIVITY_TYPE, "href": actor.uri}
                return await document({"subject": resource, "links": [link]}, content_type="application/jrd+json")(
                    request
                )
        return await document({"error": "unknown"}, status=404)(request)

    # --- asking others ---

    async def send(self, method: str, url: str, headers: Pairs, body: bytes | None = None) -> Answer:
        """Send a request with exactly these headers, to wherever `hosts` leads."""
        target = urlsplit(url)
        address, port = self._hosts[target.netloc]
        path = target.path + (f"?{target.query}" if target.query else "")
        async with self._session.request(
            method,
            URL(f"http://{address}:{port}{path}", encoded=True),
            headers=CIMultiDict(headers),
            data=body,
            allow_redirects=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        ) as response:
            return Answer(response.status, CIMultiDict(response.headers), await response.read())

    async def get_unsigned(self, url: str, **headers: str) -> Answer:
        """A GET without a signature."""
        return await self.send("GET", url, [("Host", urlsplit(url).netloc), *headers.items()])

    async def post_unsigned(self, url: str, activity: object, **headers: str) -> Answer:
        """A POST without a signature."""
        fixed = [("Host", urlsplit(url).netloc), ("Content-Type", ACTIVITY_TYPE)]
        return await self.send("POST", url, [*fixed, *headers.items()], encoded(activity))


@dataclass
class FakeActor:
    """Somebody at a fake peer."""

    peer: FakePeer
    name: str
    kind: str
    key: RSAPrivateKey
    changes: Mapping[str, Any] = field(default_factory=dict)
    _said: int = 0

    @property
    def uri(self) -> str:
        return self.peer.url(f"/users/{self.name}")

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"

    @property
    def document(self) -> Document:
        """The actor's own document as it is published."""
        whole = {
            "@context": CONTEXT,
            "id": self.uri,
            "type": self.kind,
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "endpoints": {"sharedInbox": self.peer.url("/inbox")},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": pem_of(self.key)},
            **self.changes,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def publish(self) -> None:
        """Serve the document as it is now."""
        self.peer.serve(urlsplit(self.uri).path, document(self.document))

    def rotate(self, key: RSAPrivateKey) -> None:
        """Sign with another key from now on, and publish it in the place of the old one."""
        self.key = key
        self.publish()

    def activity(self, kind: str, **members: Any) -> Document:
        """An activity of this actor with a fresh id; `members` are added, or replace what is usual."""
        self._said += 1
        return {
            "@context": ACTIVITY_STREAMS,
            "id": self.peer.url(f"/activities/{self.name}-{self._said}"),
            "type": kind,
            "actor": self.uri,
            **members,
        }

    def note(self, text: str = "Hello", **members: Any) -> Document:
        """A Create of a Note to everybody."""
        self._said += 1
        note = {
            "id": self.peer.url(f"/objects/{self.name}-{self._said}"),
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>{text}</p>",
            "to": [PUBLIC],
            **members,
        }
        return self.activity("Create", object=note, to=[PUBLIC])

    def headers(self, method: str, url: str, body: bytes | None, how: Signing | None = None) -> Pairs:
        """The headers of a request signed by this actor at the peer's present, but for what `how` says."""
        how = how or Signing()
        return signed_headers(
            method, url, body, self.key, self.key_id, replace(how, at=how.at or self.peer.clock.now())
        )

    async def post(self, url: str, activity: object, how: Signing | None = None) -> Answer:
        """Deliver an activity: JSON, or bytes as they are."""
        body = encoded(activity)
        return await self.peer.send("POST", url, self.headers("POST", url, body, how), body)

    async def get(self, url: str, how: Signing | None = None, *, accept: str = ACTIVITY_TYPE) -> Answer:
        """A signed GET."""
        return await self.peer.send("GET", url, [*self.headers("GET", url, None, how), ("Accept", accept)])


def encoded(activity: object) -> bytes:
    """The bytes of an activity."""
    return activity if isinstance(activity, bytes) else json.dumps(activity).encode()


async def send_raw(endpoint: Endpoint, request: bytes) -> Answer:
    """Write bytes to a server as they are, for what no HTTP client sends; the first answer, read until its end."""
    reader, writer = await asyncio.open_connection(*endpoint)
    try:
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = CIMultiDict(
            (name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:] if line)
        )
        body = await reader.readexactly(int(headers.get("Content-Length", "0")))
        return Answer(int(lines[0].split()[1]), headers, body)
    finally:
        writer.close()
