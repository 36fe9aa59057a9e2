"""Which addresses may be connected to: STATIC_HOSTS, then public ones only."""

import asyncio
import socket
from collections.abc import Iterator
from ipaddress import ip_network
from itertools import cycle

import pytest
from aiohttp import AddrInfoType, ClientConnectorError, ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from federation.errors import Denied, TryLater
from federation.runtime import Budget
from federation.transport.addresses import AddressGuard, AddressRefused, StaticHosts, is_public
from federation.transport.client import Limits, guarded_session
from tests.federation.transport.conftest import Loopback, document

PUBLIC, PUBLIC_V6, PRIVATE = "93.184.216.34", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "10.20.0.5"


class Dns(AbstractResolver):
    """A name server that gives one list of addresses after the other, whatever the name."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked: list[str] = []
        self._answers: Iterator[list[str]] = cycle(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in next(self._answers)
        ]

    async def close(self) -> None:
        pass


class DeafDns(Dns):
    """A name server that never answers."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        await asyncio.Event().wait()
        return []


def guard(lookup: AbstractResolver, **static: tuple[str, int]) -> AddressGuard:
    return AddressGuard(StaticHosts({f"{name}.test": endpoint for name, endpoint in static.items()}), lookup, seconds=5)


# The IANA special-purpose registries of IPv4 and IPv6, multicast, reserved space, and what wraps other addresses.
SPECIAL = [
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
    "::/128",
    "::1/128",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/32",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3ffe::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]


@pytest.mark.parametrize("block", SPECIAL)
def test_no_address_of_a_special_block_is_public(block: str) -> None:
    """T067, T068, T069: first, last and a middle address of each."""
    network = ip_network(block)
    middle = network[network.num_addresses // 2]

    for address in (network.network_address, middle, network.broadcast_address):
        assert not is_public(str(address)), address


@pytest.mark.parametrize(
    "address",
    [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        PUBLIC,
        PUBLIC_V6,
        "2001:200::",
        "2001:db7:ffff::1",
        "2001:db9::",
        "2003::",
        "2a00::1",
        "3fff:1000::",
    ],
)
def test_the_neighbours_of_special_blocks_are_public(address: str) -> None:
    """T069."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2a00::1%eth0", "fe80::1%1", "partner.test", ""],
)
def test_wrapped_and_zoned_addresses_and_other_text_are_not_public(address: str) -> None:
    """T068."""
    assert not is_public(address)


@pytest.mark.parametrize("answers", [[PUBLIC], [PUBLIC, PUBLIC_V6]])
async def test_a_name_with_public_addresses_only_resolves(answers: list[str]) -> None:
    results = await guard(Dns(answers)).resolve("partner.test", 443)

    assert [result["host"] for result in results] == answers


@pytest.mark.parametrize(
    "answers",
    [
        [PRIVATE],
        ["127.0.0.1"],
        ["::1"],
        [PUBLIC, PRIVATE],
        [PRIVATE, PUBLIC],
        [PUBLIC, PUBLIC_V6, "fd00::1"],
        [PUBLIC, "::ffff:127.0.0.1"],
        [PUBLIC] * 20 + ["127.0.0.1"],
    ],
)
async def test_one_private_answer_refuses_the_name(answers: list[str]) -> None:
    """T070."""
    with pytest.raises(AddressRefused):
        await guard(Dns(answers)).resolve("partner.test", 443)


async def test_at_most_eight_addresses_of_a_name_are_tried() -> None:
    results = await guard(Dns([f"93.184.216.{n}" for n in range(100)])).resolve("partner.test", 443)

    assert len(results) == 8


async def test_a_static_host_is_reached_at_its_endpoint_without_asking_dns() -> None:
    """T078."""
    dns = Dns([PUBLIC])

    results = await guard(dns, sub=(PRIVATE, 8443)).resolve("sub.test", 443)

    assert [(result["host"], result["port"]) for result in results] == [(PRIVATE, 8443)]
    assert dns.asked == []


async def test_another_host_may_not_point_to_the_address_of_a_static_host() -> None:
    """T078."""
    with pytest.raises(AddressRefused):
        await guard(Dns([PRIVATE]), sub=(PRIVATE, 443)).resolve("partner.test", 443)


def info(address: str, port: int) -> AddrInfoType:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


async def test_sockets_are_made_for_public_addresses_and_exact_static_endpoints() -> None:
    """T067, T078."""
    open_socket = guard(Dns([]), sub=(PRIVATE, 8443)).open_socket

    for allowed in ((PUBLIC, 443), (PRIVATE, 8443)):
        open_socket(info(*allowed)).close()
    for refused in ((PRIVATE, 443), ("10.20.0.6", 8443), ("127.0.0.1", 8443), ("::1", 443)):
        with pytest.raises(AddressRefused):
            open_socket(info(*refused))


async def test_a_name_that_changes_its_mind_never_reaches_the_inside(loopback: Loopback) -> None:
    """T071: public and private in turn, a hundred times, without caching: only checked addresses are connected."""
    inside = await loopback.peer("inside.test", document())
    checked = guard(Dns([PUBLIC], ["127.0.0.1"], [PUBLIC, "127.0.0.1"]))
    connected = []

    def instead_of_the_internet(to: AddrInfoType) -> socket.socket:
        connected.append(to[4][0])
        checked.open_socket(to).close()
        raise ConnectionRefusedError("no network but loopback in tests")

    connector = TCPConnector(resolver=checked, socket_factory=instead_of_the_internet, use_dns_cache=False)
    async with ClientSession(connector=connector) as session:
        for _ in range(100):
            with pytest.raises(ClientConnectorError):
                await session.get(f"http://partner.test:{inside.endpoint[1]}/")

    assert set(connected) == {PUBLIC}
    assert inside.asked == []


class NoInternet(AddressGuard):
    """A guard whose sockets to public addresses lead nowhere: there is no network but loopback in tests."""

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        super().open_socket(info).close()
        raise ConnectionRefusedError(info[4][0])


async def test_the_clients_own_session_resolves_and_connects_by_the_guard_alone(loopback: Loopback) -> None:
    """T071: whatever a name says next, and although answers are kept for a while; T067: aiohttp asks no resolver about
    literals, so that the socket is the place to stop them.
    """
    inside = await loopback.peer("inside.test", document())
    lookup = Dns([PUBLIC], ["127.0.0.1"], [PUBLIC, "127.0.0.1"])
    session = guarded_session(NoInternet(StaticHosts({}), lookup, seconds=5), Limits(), None, "tests")
    refusals = []

    async with session:
        for host in ("partner.test", "sub.test", "localhost", "127.0.0.1"):
            for _ in range(3):
                with pytest.raises(ClientConnectorError) as refusal:
                    await session.get(f"http://{host}:{inside.endpoint[1]}/")
                refusals.append((host, type(refusal.value.os_error)))

    assert lookup.asked[:2] == ["partner.test", "sub.test"]
    assert {kind for host, kind in refusals if host == "127.0.0.1"} == {AddressRefused}
    assert inside.asked == []


async def test_the_client_refuses_a_name_with_a_private_address(loopback: Loopback, budget: Budget) -> None:
    """T070."""
    client = loopback.client(allowed={"partner.test"}, lookup=Dns([PUBLIC, "127.0.0.1"]))

    with pytest.raises(Denied) as document_refused:
        await client.fetch_document("http://partner.test/users/bob", budget)
    with pytest.raises(Denied) as delivery_refused:
        await client.post("http://partner.test/inbox", b"{}", {})

    assert document_refused.value.reason == delivery_refused.value.reason == "fetch_blocked_address"


async def test_an_allowed_name_that_does_not_resolve_is_tried_later(loopback: Loopback, budget: Budget) -> None:
    """T198."""
    client = loopback.client(allowed={"partner.test"}, lookup=Dns([]))

    with pytest.raises(TryLater) as failure:
        await client.fetch_document("http://partner.test/users/bob", budget)

    assert failure.value.reason == "network"


async def test_a_name_server_that_never_answers_is_left_after_its_time(loopback: Loopback, budget: Budget) -> None:
    """T085."""
    client = loopback.client(allowed={"partner.test"}, lookup=DeafDns(), limits=Limits(dns_seconds=0.05))

    with pytest.raises(TryLater) as failure:
        await client.fetch_document("http://partner.test/users/bob", budget)

    assert failure.value.reason == "timeout"
