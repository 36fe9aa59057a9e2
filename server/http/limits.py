"""Rate limits: fixed windows in memory, by token, account and address (threats 2.2, T104).

A limit is keyed on who asks and on a name given by the code, never on the path, so that no spelling of a path has a
budget of its own. IPv6 addresses count by their /64, which is what one customer has. Each process counts for itself.
"""

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import web
from msgspec import Struct

from federation.runtime import Clock
from server.http.errors import too_many

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

WINDOW_SECONDS: Final = 300
ACCOUNT_FACTOR: Final = 5
"""An account with several apps has five times the budget of one token."""

MAX_KEYS: Final = 100_000
"""Callers counted in one window; some 10 MB."""

_LOCAL: Final = "local"
_MAX_HOPS: Final = 16
_IPV6_BUCKET_BITS: Final = 64


class Quota(Struct, frozen=True):
    """What a caller has left after this request."""

    limit: int
    remaining: int
    reset: str
    """When the window ends: ISO 8601 in UTC with microseconds, as the header has it."""
    retry_after_seconds: int
    is_exceeded: bool


QUOTA: Final = web.RequestKey("quota", Quota)
"""The quota to announce with the answer to this request."""


class FixedWindows:
    """Counts of one kind of act by caller. All windows begin at multiples of their length since 1970."""

    def __init__(self, limit: int, seconds: int, clock: Clock, *, capacity: int = MAX_KEYS) -> None:
        """`limit` acts in each window of `seconds` for each caller, 1 or more."""
        self.limit: Final = limit
        self._seconds = seconds
        self._clock = clock
        self._capacity = capacity
        self._counts: dict[Hashable, int] = {}
        self._window = -1
        self._reset = ""

    def count(self, caller: Hashable) -> Quota:
        """Count one act of the caller, over the limit or not; the answer says which."""
        now = int(self._clock.now().timestamp())
        return self.quota(self.used(caller, now), now)

    def used(self, caller: Hashable, now: int) -> int:
        """Count one act at this time, in Unix seconds: how many these are in its window."""
        window = now // self._seconds
        if window != self._window:
            self._open(window)
        used = self._counts.get(caller, 0) + 1
        if used == 1 and len(self._counts) >= self._capacity:
            # Bounded memory comes first. To be forgotten early, one needs as many addresses as the table has places.
            self._counts.clear()
        self._counts[caller] = used
        return used

    def quota(self, used: int, now: int) -> Quota:
        """What so many acts in the window of this time leave."""
        left = self.limit - used
        return Quota(self.limit, max(0, left), self._reset, self._seconds - now % self._seconds, left < 0)

    def _open(self, window: int) -> None:
        self._window = window
        self._counts.clear()
        ends_at = datetime.fromtimestamp((window + 1) * self._seconds, UTC)
        self._reset = ends_at.strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def spend(request: web.Request, windows: FixedWindows, caller: Hashable) -> None:
    """Count an act that has a budget of its own, beside that of all requests. Raises `ApiError` 429 over it.

    The headers then speak of this budget: clients sleep until the reset that they are told, and try again.
    """
    quota = windows.count(caller)
    if quota.is_exceeded:
        request[QUOTA] = quota
        raise too_many(quota.retry_after_seconds)


class ApiLimits:
    """The general budgets of the client API: requests in five minutes by token, by account, by anonymous address."""

    def __init__(self, rate: int, clock: Clock, trusted_proxies: Sequence[Network] = ()) -> None:
        """`rate` requests a window for a token and for an anonymous address; 0: no limit, and no headers."""
        self.is_on: Final = rate > 0
        self._clock = clock
        self._trusted_proxies = tuple(trusted_proxies)
        self._tokens = FixedWindows(rate, WINDOW_SECONDS, clock)
        self._accounts = FixedWindows(rate * ACCOUNT_FACTOR, WINDOW_SECONDS, clock)
        self._addresses = FixedWindows(rate, WINDOW_SECONDS, clock)

    def spend_token(self, request: web.Request, *, token_id: int, account_id: int | None) -> None:
        """Count a request whose token has been found good; `account_id` is None for an app's own token.

        To be called once per request, by whoever proves the token. Raises `ApiError` 429 over either budget.
        """
        if not self.is_on:
            return
        now = int(self._clock.now().timestamp())
        windows, used = self._tokens, self._tokens.used(token_id, now)
        if account_id is not None and used <= windows.limit:
            of_account = self._accounts.used(account_id, now)
            if self._accounts.limit - of_account < windows.limit - used:
                windows, used = self._accounts, of_account
        quota = windows.quota(used, now)
        request[QUOTA] = quota
        if quota.is_exceeded:
            raise too_many(quota.retry_after_seconds)

    def spend_anonymous(self, request: web.Request) -> None:
        """Count a request without a good token on its address. Raises `ApiError` 429 over the budget."""
        if not self.is_on:
            return
        quota = self._addresses.count(self.caller(request))
        request[QUOTA] = quota
        if quota.is_exceeded:
            raise too_many(quota.retry_after_seconds)

    def caller(self, request: web.Request) -> str:
        """The bucket of the address a request comes from, for further limits by address."""
        return bucket(client_address(request, self._trusted_proxies))


def client_address(request: web.BaseRequest, trusted_proxies: Sequence[Network]) -> str:
    """The address of the client; `local` for a Unix socket.

    `X-Forwarded-For` counts only as far as it was written by trusted proxies: read from its right end, the first
    address that is not one of them. Other forwarding headers never count (threats T104).
    """
    peer = request.remote or _LOCAL
    if not trusted_proxies or not _is_trusted(peer, tuple(trusted_proxies)):
        return peer
    hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", ()) for hop in line.split(",")]
    for hop in reversed(hops[-_MAX_HOPS:]):
        address = _parse(hop)
        if address is None:
            return peer
        peer = str(address)
        if not _is_trusted(peer, tuple(trusted_proxies)):
            return peer
    return peer


@lru_cache(maxsize=4096)
def bucket(address: str) -> str:
    """What shares a budget with this address: itself, or its /64 for IPv6."""
    parsed = _parse(address)
    if not isinstance(parsed, IPv6Address):
        return address if parsed is None else str(parsed)
    return str(IPv6Network((parsed, _IPV6_BUCKET_BITS), strict=False))


@lru_cache(maxsize=4096)
def _is_trusted(address: str, trusted_proxies: tuple[Network, ...]) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in trusted_proxies)


def _parse(address: str) -> Address | None:
    """The address, an IPv4 one also when it is written within IPv6; None for anything else."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
