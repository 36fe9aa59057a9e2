"""What an answer to a request of ours means, or its absence: one of the outcomes of `federation.errors`."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import ClientConnectorError, ClientResponse, ClientSSLError
from yarl import URL

from federation.errors import Denied, FederationError, Gone, Malformed, TryLater
from federation.signatures.message import Scheme
from federation.transport.addresses import AddressRefused

_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Hop:
    """One GET and how it was answered, for whoever wants to look on."""

    url: str
    scheme: Scheme | None
    """In which it was signed; None: not at all."""
    status: int
    content_type: str | None
    location: str | None


def hop_of(target: URL, headers: Mapping[str, str], response: ClientResponse) -> Hop:
    """The GET of an address, sent with these headers."""
    scheme: Scheme | None = "rfc9421" if "Signature-Input" in headers else "cavage" if "Signature" in headers else None
    answered = response.headers
    return Hop(str(target), scheme, response.status, answered.get("Content-Type"), answered.get("Location"))


def check_status(status: int, target: URL) -> None:
    """Raise unless the answer is the document."""
    if status == 200:
        return
    if status == 410:
        raise Gone("deleted there", reason="gone", url=target)
    if status in _LATER or status >= 500:
        raise TryLater("the peer cannot answer now", reason="fetch_status", status=status, url=target)
    raise Malformed("the peer does not give it", reason="fetch_status", status=status, url=target)


def unreachable(error: Exception, target: URL) -> FederationError:
    """What a failure on the way means: all of them pass, except an address that we refuse."""
    host = target.raw_host
    if isinstance(error, ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return Denied(str(error.os_error), reason="fetch_blocked_address", host=host)
    if isinstance(error, TimeoutError):
        return TryLater("no answer in time", reason="timeout", host=host, error=type(error).__name__)
    if isinstance(error, ClientSSLError | ssl.SSLError):
        return TryLater("no trustworthy TLS connection", reason="tls", host=host, error=str(error))
    # Other errors may quote what the peer sent.
    detail = str(error) if isinstance(error, ClientConnectorError) else type(error).__name__
    return TryLater("the connection failed", reason="network", host=host, error=detail)
