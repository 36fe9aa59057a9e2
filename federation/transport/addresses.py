"""Which IP addresses may be connected to: STATIC_HOSTS first, then public addresses only (threats T067 to T071, T078).

Two of the three parts of the address guard are here: names are checked when they are resolved, and every socket again
when it is made. The third, that a host is never an IP literal, is in `hosts.py`: aiohttp does not resolve literals.
What is checked is what is connected: nothing looks the name up a second time.
"""

import asyncio
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address, ip_network

from aiohttp import AddrInfoType, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

Endpoint = tuple[str, int]
"""IP address in its shortest form, and port."""

# IANA special-purpose address registries (RFC 6890), whole: also the few entries that are reachable from anywhere,
# since no peer lives there. Plus multicast and the reserved class E.
_SPECIAL_V4 = [
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
# Everything outside is no global unicast: loopback, IPv4-mapped, NAT64, unique local, link-local, multicast.
_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL_V6 = [
    ip_network(block)
    for block in (
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3ffe::/16",  # returned 6bone space, not allocated
        "3fff::/20",
    )
]

# A hostile zone may list hundreds of dead addresses; each one tried costs a socket and time.
_MAX_ANSWERS = 8


class AddressRefused(OSError):
    """An address that must not be connected to. An `OSError`, since aiohttp passes on no other kind whole."""


class StaticHosts:
    """STATIC_HOSTS: where named hosts are reached, whatever DNS says; only these may be on private addresses."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        """`endpoints`: canonical host to address and port, as the settings read them."""
        self._by_host = dict(endpoints)
        self._endpoints = frozenset(endpoints.values())

    def of(self, host: str) -> Endpoint | None:
        """Where this host is reached, or None: ask DNS."""
        return self._by_host.get(host)

    def has(self, endpoint: Endpoint) -> bool:
        """Exactly this address with this port belongs to some host of the table."""
        return endpoint in self._endpoints


class AddressGuard(AbstractResolver):
    """Resolver and socket factory of the one connector; both refuse what is neither public nor in STATIC_HOSTS."""

    def __init__(self, static_hosts: StaticHosts, lookup: AbstractResolver | None = None, *, seconds: float) -> None:
        """`lookup` asks DNS, by default in threads; `seconds` bounds one look-up. Needs a running event loop."""
        self._static_hosts = static_hosts
        self._lookup = lookup or ThreadedResolver()
        self._seconds = seconds

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses to connect to. Raises `AddressRefused` if a single one of the answers is not public."""
        if static := self._static_hosts.of(host):
            return [_result(host, *static)]
        async with asyncio.timeout(self._seconds):
            answers = await self._lookup.resolve(host, port, family)
        if not answers:
            raise OSError(f"{host} has no address")
        # One public and one private answer is how a name is pointed at our own network (T070): all or nothing.
        for answer in answers:
            if not is_public(answer["host"]):
                raise AddressRefused(f"{host} resolves to an address that is not public")
        return answers[:_MAX_ANSWERS]

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        """A socket for an address that is about to be connected; the last look at it. Raises `AddressRefused`."""
        family, kind, protocol, _, (address, port, *_) = info
        if not (is_public(str(address)) or self._static_hosts.has((str(address), int(port)))):
            raise AddressRefused("connection to an address that is not public")
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Release what the look-ups hold."""
        await self._lookup.close()


def is_public(address: str) -> bool:
    """Global unicast and in no special-purpose registry; False for what is no IP address.

    Also False for public IPv4 addresses wrapped in IPv6 (mapped, 6to4, NAT64, Teredo), since the wrapping hides
    private ones as well: a server whose only way to IPv4 is NAT64 cannot reach peers through it.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in block for block in _SPECIAL_V4)
    return ip.scope_id is None and ip in _GLOBAL_V6 and not any(ip in block for block in _SPECIAL_V6)


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
