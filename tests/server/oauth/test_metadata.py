"""The metadata document by name and, in a laboratory, by address (interface section 5)."""

from typing import Any

import pytest

from tests.support.site import Site, running_site

PATH = "/.well-known/oauth-authorization-server"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint")


async def origins(site: Site, host: str) -> set[str]:
    """Scheme and host of every endpoint, for a client that sends this Host."""
    _, document, _ = await site.api("GET", PATH, headers={"Host": host})
    return {origin_of(document[name]) for name in ENDPOINTS}


def origin_of(address: Any) -> str:
    return "/".join(str(address).split("/")[:3])


async def test_a_laboratory_is_used_by_its_address_too(database_url: str) -> None:
    async with running_site(database_url, base_url="http://home.test") as site:
        hosts = ("127.0.0.1:8101", "localhost:8101", "alpha.localhost:8101", "[::1]:8101", "127.0.0.1")
        found = {host: await origins(site, host) for host in hosts}
        _, document, _ = await site.api("GET", PATH, headers={"Host": "127.0.0.1:8101"})

    assert found == {host: {f"http://{host}"} for host in hosts}
    assert document["issuer"] == "http://home.test/"


@pytest.mark.parametrize("host", ["home.test", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example"])
async def test_no_other_host_finds_its_way_into_the_document(database_url: str, host: str) -> None:
    """An app must not be led to another server by a header."""
    async with running_site(database_url, base_url="http://home.test") as site:
        assert await origins(site, host) == {"http://home.test"}


async def test_behind_https_the_host_changes_nothing(site: Site) -> None:
    assert await origins(site, "127.0.0.1:8101") == {"https://home.test"}
