"""Canonical hosts and addresses: the one form in which they are compared, stored and asked (threats R5).

A host is a lower-case A-label without a trailing dot and without the scheme's default port. Any other port stays part
of the host, so that `partner.test:8443` never equals `partner.test`; peers must be on the default port, and
`Destinations` in `client.py` refuses the rest. IP literals are refused in every spelling, here and not only at the
connection, because aiohttp asks no resolver about them.

The newcomer's mistake: taking an address apart with another parser. What is checked must be what is requested, so
nothing is repaired: what RFC 3986 does not allow (blanks, controls, backslashes, raw non-ASCII paths) is `Malformed`.
"""

import re
from collections.abc import Container
from functools import lru_cache

import idna
from yarl import URL

from federation.errors import Malformed

MAX_URL = 2048
"""Characters of an address; the width of the columns that keep them."""

_MAX_HOST = 253
_DEFAULT_PORTS = {"http": "80", "https": "443"}

# Possessive repetition: linear time whatever a peer sends.
_URL = re.compile(
    r"([Hh][Tt][Tt][Pp][Ss]?)://"
    r"([^/?#@\\]++)"
    r"((?:[/?](?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]++|%[0-9A-Fa-f]{2})*+)?)"
    r"(?:#(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]++|%[0-9A-Fa-f]{2})*+)?"
)
_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]++|%[0-9A-Fa-f]{2})++")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+")
# The libraries below us read a name that ends in a number as an IPv4 address: 127.1, 0x7f.1, 2130706433.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
# Full stops of other scripts, which the idna library takes for a dot.
_FOREIGN_DOTS = re.compile("[\u3002\uff0e\uff61]")


def origin(url: str) -> str:
    """Scheme, canonical host and port if it is not the default: `https://partner.test`. Raises `Malformed`."""
    scheme, host, _ = _split(url)
    return f"{scheme}://{host}"


def host_of(url: str) -> str:
    """Canonical host of an http or https address, with its port if that is not the default. Raises `Malformed`."""
    return _split(url)[1]


def same_origin(first: str, second: str) -> bool:
    """Scheme, canonical host and port are equal (threats R2). Raises `Malformed` if either is no http(s) address."""
    return origin(first) == origin(second)


def is_page_of(url: str | None, uri: str) -> bool:
    """Whether an address that a document names for people is on the origin of its id (threats T026).

    False also for what is no address: nothing depends on it, so it does not make the document malformed.
    """
    try:
        return url is not None and same_origin(url, uri)
    except Malformed:
        return False


def canonical_host(text: str, *, scheme: str = "https") -> str:
    """The one form of a host name (threats R5), with its port only if that is not the default of the scheme.

    For hosts that stand alone, as in handles and settings. Stable when applied twice. Raises `Malformed` with reason
    `bad_host` for anything that is no DNS name: IP literals in all spellings, user info, blanks, percent-encoding.
    """
    return _canonical(scheme, text)


def parse_url(text: str, *, schemes: Container[str]) -> URL:
    """The address as it will be requested: canonical host, path and query untouched, no fragment.

    What is signed should be `str()` of the result. Raises `Malformed` with reason `bad_url` or `bad_host`.
    """
    scheme, host, rest = _split(text)
    if scheme not in schemes:
        raise Malformed("scheme is not accepted here", reason="bad_url", scheme=scheme)
    url = URL(f"{scheme}://{host}{rest}", encoded=True)
    if url.raw_authority != host:
        raise Malformed("the two parsers disagree about the host", reason="bad_url", host=host)
    return url


def join_url(base: URL, reference: str, *, schemes: Container[str]) -> URL:
    """Where a `Location` header leads, read by the same rules as any address. Raises `Malformed`."""
    if not _REFERENCE.fullmatch(reference):
        raise Malformed("redirect to something that is no address", reason="bad_url", host=base.raw_host)
    return parse_url(str(base.join(URL(reference, encoded=True))), schemes=schemes)


@lru_cache(maxsize=2048)
def _split(url: str) -> tuple[str, str, str]:
    """Scheme, canonical host, and path with query (never empty)."""
    match = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if match is None:
        raise Malformed("not an http or https address", reason="bad_url", length=len(url))
    scheme, authority, rest = match.groups()
    scheme = scheme.lower()
    return scheme, _canonical(scheme, authority), rest if rest.startswith("/") else f"/{rest}"


# Apart from `_split`, because new addresses of known hosts are the usual case. Neither keeps refusals.
@lru_cache(maxsize=4096)
def _canonical(scheme: str, text: str) -> str:
    name, colon, port = text.partition(":")
    host = _dns_name(name)
    if not colon or port == _DEFAULT_PORTS[scheme]:
        return host
    if not _PORT.fullmatch(port) or int(port) > 65535:
        raise Malformed("not a port", reason="bad_host", host=host)
    return f"{host}:{port}"


def _dns_name(name: str) -> str:
    host = name.removesuffix(".").lower()
    if not host.isascii() or host.startswith("xn--") or ".xn--" in host:
        host = _a_labels(host)
    if len(host) > _MAX_HOST or not _HOST.fullmatch(host):
        raise Malformed("not a host name", reason="bad_host", length=len(name))
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise Malformed("IP literals are not hosts", reason="bad_host", host=host)
    return host


def _a_labels(name: str) -> str:
    """IDNA 2008 (RFC 5891), strictly: no mapping of look-alikes, A-labels must be the ones their text has."""
    if len(name) > _MAX_HOST or _FOREIGN_DOTS.search(name):
        raise Malformed("not a host name", reason="bad_host", length=len(name))
    try:
        return idna.encode(name).decode("ascii")
    except UnicodeError as error:
        raise Malformed("not an internationalised host name", reason="bad_host", length=len(name)) from error
