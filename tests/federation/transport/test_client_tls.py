"""HTTPS through STATIC_HOSTS: another port is connected, the certificate must still be the host's."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from federation.errors import Denied, TryLater
from federation.runtime import Budget
from federation.transport.client import Limits
from tests.federation.transport.conftest import Loopback, document, redirect, status

BOB = "https://partner.test/users/bob"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A throwaway certificate authority."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """Its certificate, as CA_FILE."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


async def test_a_static_host_is_verified_under_its_own_name(
    loopback: Loopback, budget: Budget, authority: trustme.CA, ca_file: str
) -> None:
    names: list[str | None] = []
    context = serving(authority.issue_cert("partner.test"))
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    partner = await loopback.peer("partner.test", document(b"{}"), tls=context)
    client = loopback.client(allow_http=False, ca_file=ca_file)

    reply = await client.fetch_document(BOB, budget)
    delivery = await client.post("https://partner.test/inbox", b"{}", {})

    assert (reply.status, reply.url, delivery.status) == (200, BOB, 200)
    assert names == ["partner.test"]
    assert [asked.headers["Host"] for asked in partner.asked] == ["partner.test", "partner.test"]
    assert len({asked.connection for asked in partner.asked}) == 1


async def test_a_certificate_of_another_host_is_refused(
    loopback: Loopback, budget: Budget, authority: trustme.CA, ca_file: str
) -> None:
    """T197: a retry like any network error, never bypassed."""
    partner = await loopback.peer(
        "partner.test", document(), tls=serving(authority.issue_cert("sub.test", "127.0.0.1"))
    )

    with pytest.raises(TryLater) as failure:
        await loopback.client(allow_http=False, ca_file=ca_file).fetch_document(BOB, budget)

    assert failure.value.reason == "tls"
    assert partner.asked == []


async def test_an_expired_certificate_is_refused(
    loopback: Loopback, budget: Budget, authority: trustme.CA, ca_file: str
) -> None:
    """T197."""
    expired = authority.issue_cert("partner.test", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    partner = await loopback.peer("partner.test", document(), tls=serving(expired))

    with pytest.raises(TryLater) as failure:
        await loopback.client(allow_http=False, ca_file=ca_file).fetch_document(BOB, budget)

    assert failure.value.reason == "tls"
    assert partner.asked == []


async def test_an_authority_that_nobody_named_is_not_trusted(
    loopback: Loopback, budget: Budget, authority: trustme.CA
) -> None:
    partner = await loopback.peer("partner.test", document(), tls=serving(authority.issue_cert("partner.test")))
    client = loopback.client(allow_http=False)

    with pytest.raises(TryLater) as fetch:
        await client.fetch_document(BOB, budget)
    with pytest.raises(TryLater) as delivery:
        await client.post("https://partner.test/inbox", b"{}", {})

    assert fetch.value.reason == delivery.value.reason == "tls"
    assert partner.asked == []


async def test_https_never_falls_back_to_http(
    loopback: Loopback, budget: Budget, authority: trustme.CA, ca_file: str
) -> None:
    """T073: a downgrade by redirect, even where http would be accepted as such."""
    await loopback.peer(
        "partner.test", redirect("http://sub.test/b"), tls=serving(authority.issue_cert("partner.test"))
    )
    sub = await loopback.peer("sub.test", status(200))

    with pytest.raises(Denied) as refusal:
        await loopback.client(allow_http=True, ca_file=ca_file).fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_blocked_address"
    assert sub.asked == []


async def test_a_server_that_speaks_no_tls_is_tried_later(loopback: Loopback, budget: Budget, ca_file: str) -> None:
    """T197."""
    await loopback.peer("partner.test", document())

    with pytest.raises(TryLater) as failure:
        await loopback.client(allow_http=False, ca_file=ca_file).fetch_document(BOB, budget)

    assert failure.value.reason == "tls"


async def test_a_handshake_that_stalls_is_left_after_the_connect_time(
    loopback: Loopback, budget: Budget, ca_file: str
) -> None:
    """T085."""

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await asyncio.Event().wait()

    await loopback.raw_peer("partner.test", silent)
    client = loopback.client(allow_http=False, ca_file=ca_file, limits=Limits(connect_seconds=0.05))

    with pytest.raises(TryLater) as failure:
        await client.fetch_document(BOB, budget)

    assert failure.value.reason == "timeout"
