"""The form that the value of each setting must have. Pure, but for looking at who may read which file."""

import ipaddress
import re
import ssl
import stat
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from federation.errors import Malformed
from federation.transport.hosts import canonical_host

_BASE_URL = re.compile(r"(https?)://([^/?#@\s]+)/?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_DEFAULT_PORTS = {"http": 80, "https": 443}

SQLITE, POSTGRESQL = "sqlite+aiosqlite", "postgresql+asyncpg"


class SettingsError(Exception):
    """A setting is unknown, malformed or contradicts another; the message is one line for the operator."""

    def __init__(self, setting: str, problem: str, example: str | None = None) -> None:
        shown = f"ENTREPAIRS_{setting.upper()}" if setting.islower() and " " not in setting else setting
        super().__init__(f"{shown}: {problem}" + (f" (for example {shown}={example})" if example else ""))
        self.setting = setting
        self.problem = problem
        self.example = example


def domain(text: str) -> str:
    """The canonical form of the domain of handles."""
    try:
        return canonical_host(text, scheme=_default_scheme(text))
    except Malformed as error:
        raise SettingsError("domain", f"{text!r} is not a host name", "firm.example") from error


def default_base_url(canonical_domain: str) -> str:
    """Where a server with this domain is reached if nothing else is said."""
    return f"{_default_scheme(canonical_domain)}://{canonical_domain}"


def _default_scheme(host: str) -> str:
    return "http" if host.lower().partition(":")[0] == "localhost" else "https"


def base_url(text: str) -> str:
    """Scheme and canonical host, without a slash at the end; `http://` only where nobody can listen on the way."""
    match = _BASE_URL.fullmatch(text)
    if match is None:
        raise SettingsError("base_url", f"{text!r} is not scheme and host", "https://firm.example")
    scheme, authority = match.groups()
    literal = _literal_authority(authority, _DEFAULT_PORTS[scheme])
    if literal is None:
        try:
            authority = canonical_host(authority, scheme=scheme)
        except Malformed as error:
            raise SettingsError("base_url", f"{authority!r} is not a host name", "https://firm.example") from error
    is_near = literal[0].is_loopback if literal else _is_laboratory(authority.partition(":")[0])
    if scheme == "http" and not is_near:
        problem = f"http:// is accepted only for localhost, *.localhost, *.test and loopback addresses, not {authority}"
        raise SettingsError("base_url", problem, f"https://{authority}")
    return f"{scheme}://{authority}"


def _literal_authority(authority: str, default_port: int) -> tuple[IPv4Address | IPv6Address, int] | None:
    try:
        if authority.startswith("["):
            name, _, rest = authority[1:].partition("]")
            return ipaddress.IPv6Address(name), _port(rest.removeprefix(":")) if rest else default_port
        name, colon, port = authority.partition(":")
        return ipaddress.IPv4Address(name), _port(port) if colon else default_port
    except ValueError:
        return None


def _is_laboratory(host: str) -> bool:
    return host == "localhost" or host.endswith((".localhost", ".test"))


def socket_address(setting: str, text: str) -> tuple[str, int]:
    """An IP address, or `localhost`, and a port to listen on."""
    host, _, port = text.rpartition(":")
    try:
        number = _port(port)
        if host == "localhost":
            return host, number
        return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))), number
    except ValueError as error:
        raise SettingsError(setting, f"{text!r} is not address:port", "127.0.0.1:8000") from error


def static_addresses(text: str) -> dict[str, tuple[str, int]]:
    """Canonical host to IP address and port."""
    found: dict[str, tuple[str, int]] = {}
    for pair in text.split():
        name, _, target = pair.partition("=")
        address, _, port = target.rpartition(":")
        try:
            host = canonical_host(name)
            endpoint = (str(ipaddress.ip_address(address.removeprefix("[").removesuffix("]"))), _port(port))
        except (Malformed, ValueError) as error:
            raise SettingsError("static_hosts", f"{pair!r} is not host=ip:port", "beta.test=127.0.0.1:8102") from error
        if host in found:
            raise SettingsError("static_hosts", f"{host} is named twice", "beta.test=127.0.0.1:8102")
        found[host] = endpoint
    return found


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise ValueError("not a port")
    return int(text)


def networks(setting: str, text: str) -> list[IPv4Network | IPv6Network]:
    """Networks in CIDR form; a lone address is a network of one."""
    try:
        return [ipaddress.ip_network(one) for one in text.split()]
    except ValueError as error:
        raise SettingsError(setting, str(error), "127.0.0.1/32 10.0.0.0/8") from error


def database_url(text: str) -> None:
    """One of the two drivers, and for SQLite a file: the value is not repeated, it may hold a password."""
    example = "postgresql+asyncpg://entrepairs:password@127.0.0.1/entrepairs"
    try:
        parsed = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("database_url", "is not a database address", example) from error
    if parsed.drivername not in (SQLITE, POSTGRESQL):
        raise SettingsError("database_url", f"begins with neither {SQLITE}:// nor {POSTGRESQL}://", example)
    if not parsed.database or (parsed.drivername == SQLITE and ":memory:" in parsed.database):
        problem = "names no database" if parsed.drivername == POSTGRESQL else "names no file; memory alone loses all"
        raise SettingsError("database_url", problem, example)


def sqlite_file(text: str) -> Path | None:
    """The file of an SQLite address, absolute; None for PostgreSQL."""
    parsed = make_url(text)
    return Path(parsed.database or "").absolute() if parsed.drivername == SQLITE else None


def redis_url(text: str) -> None:
    """A Redis address; not repeated, it may hold a password."""
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("redis_url", "begins with none of redis://, rediss://, unix://", "redis://127.0.0.1:6379/0")


def smtp_url(text: str) -> None:
    """A mail server; not repeated, it may hold a password."""
    example = "smtp://user:password@mail.firm.example:587"
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise SettingsError("smtp_url", "is not the address of a mail server", example) from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not has_port:
        raise SettingsError("smtp_url", "is neither smtp://host:port nor smtps://host:port", example)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise SettingsError(
            "smtp_url", "has something behind host and port; write %2F for a / in the password", example
        )


def mail_address(setting: str, text: str) -> None:
    """A bare e-mail address."""
    if not re.fullmatch(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}", text):
        raise SettingsError(setting, f"{text!r} is not an e-mail address", "entrepairs@firm.example")


def media_url(text: str) -> None:
    """A folder with an absolute path, or a bucket."""
    if not re.fullmatch(r"file:///[^\0]+|s3://[a-z0-9][a-z0-9.-]+(/[^\0]*)?", text):
        raise SettingsError(
            "media_url", f"{text!r} is neither file:///folder nor s3://bucket/prefix", "file:///srv/media"
        )


def readable_file(setting: str, text: str, example: str) -> None:
    """A file that is there and that this process may read."""
    try:
        with Path(text).open("rb"):
            return
    except OSError as error:
        raise SettingsError(setting, f"{text} cannot be read: {error.strerror}", example) from error


def certificate_with_key(cert: str, key: str) -> None:
    """Two files in PEM that belong together; the key needs no password."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key, password=lambda: "")
    except ssl.SSLError as error:
        problem = f"{cert} and {key} are not a certificate in PEM and its key without password ({error.reason})"
        raise SettingsError("tls_cert", problem, "/etc/entrepairs/cert.pem") from error


def authorities(text: str) -> None:
    """A file with at least one certificate in PEM."""
    try:
        ssl.create_default_context().load_verify_locations(cafile=text)
    except ssl.SSLError as error:
        raise SettingsError("ca_file", f"{text} holds no certificate in PEM", "/etc/entrepairs/ca.pem") from error


def is_open_to_others(path: Path) -> bool:
    """Anybody on the machine may read the file (threats T229)."""
    return bool(path.stat().st_mode & stat.S_IROTH)
