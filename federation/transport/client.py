"""The fetch gate (threats R1): the only place from which a request leaves, and where every rule about that is kept.

Each request, and each hop of a redirect, passes `Destinations.check` (scheme, form of host, port, ourselves, allow
list) before any DNS, then the address guard of `addresses.py`. Time, bytes, redirects and requests are bounded by
`Limits`. Proxies of the environment, cookies and compression are not used: an answer that is encoded although identity
was asked for is refused, so no body can grow after it is counted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientResponse,
    ClientSession,  # noqa: TID251 - this module is the gate that the ban points to
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from federation.errors import Denied, FederationError, Malformed
from federation.runtime import Budget, Clock, Reply
from federation.signatures.asked import HEADER as ACCEPT_SIGNATURE
from federation.signatures.ways import Attempt, Knocks, Way
from federation.transport.addresses import AddressGuard, StaticHosts
from federation.transport.answers import Hop, check_status, hop_of, unreachable
from federation.transport.authorities import believed
from federation.transport.hosts import join_url, parse_url
from federation.transport.media_types import ACTIVITY_STREAMS, is_activity_type, is_file_type, is_json_type
from models.engine import WRITE_OPEN

SignGet = Callable[[str, Way], Awaitable[Sequence[Mapping[str, str]]]]
"""Headers that sign a GET of this address in this way, by each key that may be known there; never `Accept`."""

SignAsAsked = Callable[[str, str], Awaitable[Attempt | None]]
"""The same as the `Accept-Signature` of an answer wants it; None where that cannot be."""

_HTTPS_ONLY = frozenset({"https"})
_HTTP_TOO = frozenset({"http", "https"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSED_SIGNATURE = frozenset({400, 401})
_SIGNATURE_WANTED = frozenset({401, 403})
_DNS_CACHE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request (threats 2.2). Seconds and bytes."""

    dns_seconds: float = 5
    connect_seconds: float = 5
    """TCP and TLS of one address together: aiohttp has one time-out for both."""
    idle_seconds: float = 10
    """Between two reads."""
    total_seconds: float = 30
    """A fetch with its redirects and second knock; a delivery with its reply."""
    redirects: int = 3
    """Of one GET. A POST follows none."""
    document_bytes: int = 1024 * 1024
    file_bytes: int = 100 * 1024 * 1024
    reply_bytes: int = 64 * 1024
    """Kept of the answer to a POST; after more the connection is closed."""
    header_line_bytes: int = 8190
    header_lines: int = 64
    connections_per_host: int = 4
    """Two deliveries and two fetches at a time; the others wait."""
    connections: int = 128
    keepalive_seconds: float = 30


@dataclass(frozen=True, slots=True)
class Destinations:
    """Which addresses may be asked at all, decided from their text before any DNS."""

    own_host: str
    """Never asked: whatever sends us to ourselves is a trick or a loop (threats T020)."""
    may_contact: Callable[[str], bool]
    """The allow list, by canonical host. Asked again on every hop, so it must be cheap and must not block."""
    static_hosts: StaticHosts = field(default_factory=lambda: StaticHosts({}))
    allow_http: bool = False
    """Only where our own BASE_URL is http."""

    def check(self, url: str) -> URL:
        """The address to request. Raises `Denied`: `domain_not_allowed`, or `fetch_blocked_address` for the rest."""
        try:
            target = parse_url(url, schemes=self._schemes)
        except Malformed as error:
            raise Denied(str(error), reason="fetch_blocked_address") from error
        return self._checked(target)

    def check_redirect(self, target: URL, location: str) -> URL:
        """Where a redirect leads: like `check`, and only within the scheme. Raises `Denied`."""
        try:
            following = self._checked(join_url(target, location, schemes=frozenset({target.scheme})))
        except FederationError as error:
            # Whatever the detail, the peer sent us where we must not go (threats T018, T072).
            raise Denied(str(error), reason="fetch_blocked_address", redirected_by=target.raw_host) from error
        return following

    @property
    def _schemes(self) -> frozenset[str]:
        return _HTTP_TOO if self.allow_http else _HTTPS_ONLY

    def _checked(self, target: URL) -> URL:
        host = target.raw_authority
        if target.explicit_port is not None or host == self.own_host:
            raise Denied("peers are on the default port, and not here", reason="fetch_blocked_address", host=host)
        if not self.may_contact(host):
            raise Denied("host is not on the allow list", reason="domain_not_allowed", host=host)
        return target


def _remember_nothing(_host: str, _way: Way) -> None:
    return None


@dataclass(frozen=True, slots=True)
class GetSigner:
    """How GETs are signed, and what is known of the peers' preferences."""

    sign_get: SignGet
    sign_as_asked: SignAsAsked
    known_way: Callable[[str], Way | None]
    """What a host announced, or what has worked with it."""
    remember_way: Callable[[str, Way], None] = _remember_nothing
    """Told when a host refused one way and then took another. A first success says nothing: many do not check."""

    async def asked(self, url: URL, answer: ClientResponse) -> Attempt | None:
        """How the answer wants exactly this address to be asked for."""
        said = ", ".join(answer.headers.getall(ACCEPT_SIGNATURE, ()))
        return await self.sign_as_asked(str(url), said) if said else None


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is asked for."""

    accept: str
    accepts: Callable[[str], bool]
    signer: GetSigner | None
    keep: Callable[[bytes], object] | None = None
    """Takes the body of a file; it is asked for unsigned first."""


def _anybody(_host: str) -> bool:
    return True


class HttpClient:
    """`runtime.Client` over aiohttp; one for the whole process, made inside its event loop, closed at its end."""

    def __init__(
        self,
        destinations: Destinations,
        signer: GetSigner | None,
        clock: Clock,
        *,
        user_agent: str,
        ca_file: str | None = None,
        limits: Limits | None = None,
        lookup: AbstractResolver | None = None,
        witness: Callable[[Hop], None] | None = None,
    ) -> None:
        """`signer`: None where no documents are asked for. `ca_file`: a further certificate authority (CA_FILE).

        `lookup`: asks DNS instead of the system's resolver. `witness` is told of every GET that was answered.
        """
        self._witness = witness
        self._destinations = destinations
        self._clock = clock
        self._limits = limits = limits or Limits()
        self._document = _Kind(
            f'application/activity+json, application/ld+json; profile="{ACTIVITY_STREAMS}"', is_activity_type, signer
        )
        self._json = _Kind("application/jrd+json, application/json", is_json_type, None)
        self._guard = AddressGuard(destinations.static_hosts, lookup, seconds=limits.dns_seconds)
        self._session = guarded_session(self._guard, limits, ca_file, user_agent)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
        await self._guard.close()

    async def fetch_document(self, url: str, budget: Budget) -> Reply:
        """See `runtime.Client`; the type must be an ActivityStreams one (threats T027).

        Further reasons: `fetch_limit` (budget, redirects), `fetch_type`, `too_large`.
        """
        return await self._fetch(url, budget, self._document)

    async def fetch_json(self, url: str, budget: Budget) -> Reply:
        """See `runtime.Client`; the type must be `application/json` or end in `+json`."""
        return await self._fetch(url, budget, self._json)

    async def fetch_file(self, url: str, budget: Budget, keep: Callable[[bytes], object]) -> Reply:
        """See `runtime.Client`. Reasons as of `fetch_document`."""
        return await self._fetch(url, budget, _Kind("*/*", is_file_type, self._document.signer, keep))

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """See `runtime.Client`. What `headers` sign is this address as `parse_url` gives it."""
        return await self._post(self._destinations.check(url), body, headers)

    async def push(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """See `runtime.Client`."""
        return await self._post(replace(self._destinations, may_contact=_anybody).check(url), body, headers)

    async def _post(self, target: URL, body: bytes, headers: Mapping[str, str]) -> Reply:
        assert not WRITE_OPEN.get(), "a request inside a write transaction"
        started = self._clock.monotonic()
        try:
            try:
                response = await self._session.post(target, data=body, headers=headers, allow_redirects=False)
            except ClientConnectorError:
                raise
            except (ServerDisconnectedError, ClientOSError):
                # Usually a kept connection that the peer closed just now. The activity's id makes a second one
                # harmless, and without it an idle peer would look like a failing one.
                left = self._limits.total_seconds - (self._clock.monotonic() - started)
                response = await self._session.post(
                    target, data=body, headers=headers, allow_redirects=False, timeout=_timeout(self._limits, left)
                )
        except (TimeoutError, ClientError, OSError) as error:
            raise unreachable(error, target) from error
        except ValueError as error:
            raise Malformed("a header cannot be sent", reason="bad_header", host=target.raw_host) from error
        try:
            text = await _read(response, self._limits.reply_bytes)
        except (TimeoutError, ClientError, OSError):
            # The status is the answer; it stands even if the text after it never came.
            text = b""
        finally:
            response.release()
        return _reply(response, text[: self._limits.reply_bytes], str(target))

    async def _fetch(self, url: str, budget: Budget, kind: _Kind) -> Reply:
        assert not WRITE_OPEN.get(), "a request inside a write transaction"
        target = self._destinations.check(url)
        try:
            async with asyncio.timeout(self._limits.total_seconds) as limit:
                with budget.deadline.ends(limit):
                    return await self._follow(target, budget, kind)
        except (TimeoutError, ClientError, OSError) as error:
            raise unreachable(error, target) from error

    async def _follow(self, target: URL, budget: Budget, kind: _Kind) -> Reply:
        """The answer behind at most `Limits.redirects` redirects."""
        visited = {target}
        while True:
            response = await self._ask(target, budget, kind)
            try:
                if response.status not in _REDIRECTS:
                    return await self._document_of(response, target, kind)
                location = response.headers.getall("Location", [])
            finally:
                # An unread body closes the connection: nobody sends us gigabytes under a 302.
                response.release()
            if len(location) != 1:
                raise Malformed("redirect without one Location", reason="fetch_status", host=target.raw_host)
            target = self._destinations.check_redirect(target, location[0])
            if target in visited or len(visited) > self._limits.redirects:
                raise Denied("redirected in a circle or too often", reason="fetch_limit", host=target.raw_host)
            visited.add(target)

    async def _ask(self, target: URL, budget: Budget, kind: _Kind) -> ClientResponse:
        """One GET; a signed one is repeated as the refusal asks for it, and in the other ways (double knock)."""
        if kind.signer is None or kind.keep is not None:
            response = await self._get(target, budget, {"Accept": kind.accept})
            if kind.signer is None or response.status not in _SIGNATURE_WANTED:
                return response
            response.release()
        return await self._ask_signed(target, budget, kind.accept, kind.signer)

    async def _ask_signed(self, target: URL, budget: Budget, accept: str, signer: GetSigner) -> ClientResponse:
        knocks = Knocks(signer.known_way(target.raw_authority))
        attempt = knocks.following()
        while attempt is not None:
            signed = [attempt.headers] if attempt.headers else await signer.sign_get(str(target), attempt.way)
            response = await self._get_by_either(target, budget, accept, signed)
            if response.status not in _REFUSED_SIGNATURE:
                if knocks.refusals and response.status // 100 == 2:
                    signer.remember_way(target.raw_authority, attempt.way)
                break
            knocks.refused(await signer.asked(target, response) if knocks.may_be_asked else None)
            attempt = knocks.following()
            if attempt is not None:
                response.release()
        return response

    async def _get_by_either(
        self, target: URL, budget: Budget, accept: str, signed: Sequence[Mapping[str, str]]
    ) -> ClientResponse:
        """The answer to the first of these that is not refused for its signature, or to the last."""
        for headers in signed[:-1]:
            response = await self._get(target, budget, {"Accept": accept, **headers})
            if response.status not in _REFUSED_SIGNATURE:
                return response
            response.release()
        return await self._get(target, budget, {"Accept": accept, **signed[-1]})

    async def _get(self, target: URL, budget: Budget, headers: Mapping[str, str]) -> ClientResponse:
        if budget.left <= 0:
            raise Denied("too many requests for one cause", reason="fetch_limit", host=target.raw_host)
        budget.left -= 1
        response = await self._session.get(target, headers=headers, allow_redirects=False)
        if self._witness is not None:
            self._witness(hop_of(target, headers, response))
        return response

    async def _document_of(self, response: ClientResponse, target: URL, kind: _Kind) -> Reply:
        check_status(response.status, target)
        types = response.headers.getall("Content-Type", [])
        if len(types) != 1 or not kind.accepts(types[0]):
            raise Denied("not the type asked for", reason="fetch_type", host=target.raw_host, url=target)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Denied("encoded, though identity was asked for", reason="fetch_type", host=target.raw_host)
        return _reply(response, await self._body_of(response, target, kind), str(target))

    async def _body_of(self, response: ClientResponse, target: URL, kind: _Kind) -> bytes:
        """The body of a document, or nothing where it is given to `kind.keep`."""
        if kind.keep is None:
            body = await _read(response, self._limits.document_bytes)
            is_whole = len(body) <= self._limits.document_bytes
        else:
            body, is_whole = b"", await _pass_on(response, self._limits.file_bytes, kind.keep)
        if not is_whole:
            raise Malformed("document is too large", reason="too_large", host=target.raw_host, url=target)
        return body


def guarded_session(guard: AddressGuard, limits: Limits, ca_file: str | None, user_agent: str) -> ClientSession:
    """The session of the one client: the guard resolves all names for it and makes all its sockets (threats T071)."""
    connector = TCPConnector(
        ssl=believed(ca_file),
        resolver=guard,
        socket_factory=guard.open_socket,
        ttl_dns_cache=_DNS_CACHE_SECONDS,
        limit=limits.connections,
        limit_per_host=limits.connections_per_host,
        keepalive_timeout=limits.keepalive_seconds,
    )
    return ClientSession(
        connector=connector,
        headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
        timeout=_timeout(limits, limits.total_seconds),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=limits.header_line_bytes,
        max_field_size=limits.header_line_bytes,
        max_headers=limits.header_lines,
    )


def _timeout(limits: Limits, total_seconds: float) -> ClientTimeout:
    # Not zero, which aiohttp would take for no limit at all.
    total = max(total_seconds, 0.001)
    return ClientTimeout(total=total, sock_connect=limits.connect_seconds, sock_read=limits.idle_seconds)


async def _read(response: ClientResponse, limit: int) -> bytes:
    """The body; of a longer one something longer than `limit`, and its connection is closed."""
    content = response.content
    if content.is_eof() and content.total_bytes <= limit:
        return content.read_nowait()
    body = bytearray()
    while chunk := await content.readany():
        body += chunk
        if len(body) > limit:
            response.close()
            break
    return bytes(body)


async def _pass_on(response: ClientResponse, limit: int, keep: Callable[[bytes], object]) -> bool:
    """The body, piece by piece; False, and the connection closed, where it is longer than `limit`, or will be."""
    total = 0
    if (response.content_length or 0) > limit:
        response.close()
        return False
    while chunk := await response.content.readany():
        total += len(chunk)
        if total > limit:
            response.close()
            return False
        keep(chunk)
    return True


def _reply(response: ClientResponse, body: bytes, url: str) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status, headers=headers, body=body, url=url)
