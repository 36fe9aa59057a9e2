"""Where the audit trail is streamed to, as an administrator writes it; and how an entry looks there.

`syslog+tls://host` (RFC 5425, port 6514), `syslog+tcp://host` (RFC 6587, port 601; in clear, so only to hosts of
STATIC_HOSTS, which the operator names), or an address with https, which takes lines of JSON by POST.
"""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from federation.errors import FederationError
from federation.transport.hosts import canonical_host
from models.queries.audit import AuditRow

FACT, POSITION, TOKEN = "audit stream", "audit stream position", "audit stream token"
"""Facts of the installation: the setting, the number of the last entry that was taken, and the sealed token."""

TLS, TCP = "syslog+tls", "syslog+tcp"
_PORTS: Final = {TLS: 6514, TCP: 601}
_MAX_ADDRESS: Final = 500

_PRIORITY: Final = 13 * 8 + 6
"""Facility 13, log audit; severity 6, informational (RFC 5424, 6.2.1)."""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """The setting as it is kept."""

    address: str
    is_whole: bool = False
    """Of the whole trail, as an auditor has allowed; otherwise of its technical part."""
    problem: str | None = None
    """Why the last try failed."""
    tried_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def scheme(self) -> str:
        """How it is spoken to."""
        return self.address.partition("://")[0]

    @property
    def host(self) -> str:
        """Without port."""
        return urlsplit(self.address).hostname or ""

    @property
    def port(self) -> int:
        """Of syslog."""
        return urlsplit(self.address).port or _PORTS[self.scheme]


def is_usable(address: str, *, static: frozenset[str], allow_http: bool) -> bool:
    """An address of one of the three kinds, without name, password and query; in clear only to static hosts."""
    parts = urlsplit(address)
    try:
        has_port = parts.port is not None
        canonical_host(parts.hostname or "")
    except (ValueError, FederationError):
        return False
    if len(address) > _MAX_ADDRESS or "@" in parts.netloc or parts.query or parts.fragment:
        return False
    match parts.scheme:
        case "syslog+tls":
            return parts.path in ("", "/")
        case "syslog+tcp":
            return parts.path in ("", "/") and parts.hostname in static
        case "https" | "http":
            # The gate to the network speaks HTTP on the default port; another one stands in STATIC_HOSTS.
            return not has_port and (parts.scheme == "https" or allow_http)
        case _:
            return False


def document(row: AuditRow, domain: str) -> bytes:
    """An entry as one line of JSON: control characters in it are escaped (threats T130)."""
    fields = {
        "server": domain,
        "id": row.id,
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "details": msgspec.Raw(row.details.encode()),
        "previous_hash": row.previous_hash,
        "hash": row.hash,
    }
    return msgspec.json.encode(fields)


def syslog(row: AuditRow, domain: str) -> bytes:
    """An entry as a syslog message, counted in octets (RFC 5424; RFC 5425, 4.3)."""
    at = row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    name = domain.partition(":")[0]
    message = f"<{_PRIORITY}>1 {at} {name} entrepairs - audit - ".encode() + document(row, domain)
    return f"{len(message)} ".encode() + message
