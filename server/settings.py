"""All settings of a server: one Struct, read from `ENTREPAIRS_*` and from a TOML file, checked before anything starts.

The environment wins over the file. What is unknown, malformed or contradicts something else stops the start with one
sentence that names the setting and shows a right value; the values of settings that hold passwords are never repeated.
"""

import difflib
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server import settings_checks as checks
from server.settings_checks import SettingsError

PREFIX = "ENTREPAIRS_"
CONFIG_VARIABLE = "ENTREPAIRS_CONFIG"

_SECRET_BEARING = frozenset({"database_url", "redis_url", "smtp_url"})


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting with its type, default and meaning. Made by `load`, which fills in what follows from others."""

    domain: Annotated[str, Meta(examples=["firm.example"])] = "localhost:8000"
    """The part after the @ in handles; never changes once the database exists."""
    base_url: Annotated[
        str, Meta(examples=["https://firm.example"], extra={"default": "`https://` + domain, `http://` for localhost"})
    ] = ""
    """Where the server is reached; `http://` only for `localhost`, `*.localhost`, `*.test` and loopback addresses."""
    bind: Annotated[str, Meta(examples=["127.0.0.1:8000"])] = "127.0.0.1:8000"
    """Address and port to listen on; `[::1]:8000` for IPv6."""
    tls_cert: Annotated[str | None, Meta(examples=["/etc/entrepairs/cert.pem"])] = None
    """Certificate chain in PEM, to serve HTTPS directly; together with `ENTREPAIRS_TLS_KEY`."""
    tls_key: Annotated[str | None, Meta(examples=["/etc/entrepairs/key.pem"])] = None
    """Private key in PEM, to serve HTTPS directly; readable by the server's user only."""
    ca_file: Annotated[str | None, Meta(examples=["/etc/entrepairs/ca.pem"])] = None
    """A further certificate authority, in PEM, trusted for outgoing HTTPS."""
    data_dir: Annotated[str, Meta(examples=["/var/lib/entrepairs"])] = "data"
    """Folder of the embedded database, media and secrets."""
    database_url: Annotated[
        str,
        Meta(
            examples=["postgresql+asyncpg://entrepairs:password@127.0.0.1/entrepairs"],
            extra={"default": "SQLite file `entrepairs.db` in the data folder"},
        ),
    ] = ""
    """`sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`."""
    redis_url: Annotated[str | None, Meta(examples=["redis://127.0.0.1:6379/0"])] = None
    """Redis or Valkey; needed once more than one server process runs."""
    media_url: Annotated[
        str, Meta(examples=["file:///srv/media"], extra={"default": "folder `media` in the data folder"})
    ] = ""
    """Where files are kept: `file:///…` or `s3://bucket/prefix`."""
    media_cache_mb: Annotated[int, Meta(ge=1, le=10_000_000, examples=["2048"])] = 1024
    """MiB on disk for copies of partners' files, in the data folder; those not asked for the longest go first."""
    federation: Annotated[Literal["off", "partners"], Meta(examples=["partners"])] = "partners"
    """`off`: nothing leaves and nothing comes in; `partners`: only servers that an administrator allowed."""
    static_hosts: Annotated[str, Meta(examples=["alpha.test=127.0.0.1:8101 beta.test=127.0.0.1:8102"])] = ""
    """`host=ip:port` pairs, blank-separated: where a host is reached whatever DNS says; only so a private one."""
    trusted_proxies: Annotated[str, Meta(examples=["127.0.0.1/32 10.0.0.0/8"])] = ""
    """Networks (CIDR, blank-separated) of reverse proxies whose forwarding headers count."""
    api_rate: Annotated[int, Meta(ge=0, le=1_000_000, examples=["300"])] = 300
    """Client API requests in 5 minutes for each token and anonymous address; accounts: five times that; 0: no limit."""
    metrics_bind: Annotated[str | None, Meta(examples=["127.0.0.1:9100"])] = None
    """A separate address for `/metrics`; without it there are no metrics."""
    smtp_url: Annotated[str | None, Meta(examples=["smtp://user:password@mail.firm.example:587"])] = None
    """The firm's mail server: `smtp://` (STARTTLS) or `smtps://`; plain only to this machine. Without it: no mail."""
    mail_from: Annotated[
        str, Meta(examples=["entrepairs@firm.example"], extra={"default": "`entrepairs@` + domain"})
    ] = ""
    """The address that mail comes from."""
    log_format: Annotated[Literal["text", "json"], Meta(examples=["json"])] = "text"
    """`text` for people, `json` for machines."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Meta(examples=["info"])] = "info"
    """The least severe entries that are logged."""
    language: Annotated[Literal["fr", "en"], Meta(examples=["fr"])] = "fr"
    """`fr` or `en`: the language of people who have chosen none."""

    @property
    def data_folder(self) -> Path:
        """`data_dir` as an absolute path."""
        return Path(self.data_dir)

    @property
    def bind_address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        return checks.socket_address("bind", self.bind)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port for `/metrics`."""
        return checks.socket_address("metrics_bind", self.metrics_bind) if self.metrics_bind else None

    @property
    def static_addresses(self) -> dict[str, tuple[str, int]]:
        """Canonical host to IP address and port."""
        return checks.static_addresses(self.static_hosts)

    @property
    def proxy_networks(self) -> list[IPv4Network | IPv6Network]:
        """Networks of trusted reverse proxies."""
        return checks.networks("trusted_proxies", self.trusted_proxies)

    @property
    def sqlite_file(self) -> Path | None:
        """The database's file; None on PostgreSQL."""
        return checks.sqlite_file(self.database_url)

    @property
    def sender(self) -> str:
        """The address that mail comes from."""
        return self.mail_from or f"entrepairs@{self.domain.partition(':')[0]}"

    @property
    def has_https(self) -> bool:
        """The server is reached by HTTPS, directly or through a proxy."""
        return self.base_url.startswith("https://")

    def __repr__(self) -> str:
        return f"Settings(domain={self.domain!r}, base_url={self.base_url!r}, [the rest is not shown])"


def load(environment: Mapping[str, str], config: str | None = None) -> Settings:
    """Read, complete and check the settings.

    `config` is the TOML file named on the command line; without it `ENTREPAIRS_CONFIG` may name one. Relative paths
    start at the current folder. Raises `SettingsError`.
    """
    path = config or environment.get(CONFIG_VARIABLE)
    in_file, in_environment = _from_file(Path(path)) if path else {}, _from_environment(environment)
    try:
        settings = _complete(_converted({**in_file, **in_environment}))
        _check_forms(settings)
        _check_together(settings)
    except SettingsError as error:
        if error.setting not in in_file or error.setting in in_environment:
            raise
        example = f" (for example {_line(error.setting, error.example)})" if error.example else ""
        raise SettingsError(f"{error.setting} in {path}", f"{error.problem}{example}") from error
    return settings


def example_of(name: str) -> str:
    """A right value of the setting, for messages and documentation."""
    examples = _meta(name).examples or [""]
    return str(examples[0])


def default_text(name: str) -> str:
    """The default as documentation shows it."""
    described = (_meta(name).extra or {}).get("default")
    default = _default(name)
    return str(described) if described else f"`{default}`" if default not in ("", None) else "–"


def _meta(name: str) -> Meta:
    hint = get_type_hints(Settings, include_extras=True)[name]
    found: Meta = get_args(hint)[1]
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        name = variable.removeprefix(PREFIX).lower()
        _refuse_unknown(name, variable)
        values[name] = text
    return values


def _from_file(path: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
        raise SettingsError(CONFIG_VARIABLE, problem, "/etc/entrepairs/entrepairs.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(CONFIG_VARIABLE, f"{path} is not TOML: {error}") from error
    for name in values:
        _refuse_unknown(name, f"{name} in {path}")
    if _SECRET_BEARING & values.keys() and checks.is_open_to_others(path):
        raise SettingsError(CONFIG_VARIABLE, f"{path} may hold a password and others can read it: chmod 600 {path}")
    return values


def _refuse_unknown(name: str, shown: str) -> None:
    if name in Settings.__struct_fields__:
        return
    near = difflib.get_close_matches(name.lower().removeprefix(PREFIX.lower()), Settings.__struct_fields__, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    meant = near[0] if near else "domain"
    is_variable = shown.startswith(PREFIX) and " in " not in shown
    example = f"{PREFIX}{meant.upper()}={example_of(meant)}" if is_variable else _line(meant, example_of(meant))
    raise SettingsError(shown, f"there is no such setting{hint} (for example {example})")


def _line(name: str, example: str) -> str:
    """A right value of the setting, as the file has it."""
    return f"{name} = {example}" if isinstance(_default(name), int) else f'{name} = "{example}"'


def _converted(values: dict[str, object]) -> Settings:
    """Checked one by one, so that the message can name the setting and give its example."""
    converted: dict[str, Any] = {}
    hints = get_type_hints(Settings, include_extras=True)
    for name, value in values.items():
        checked = _value(name, value, hints[name])
        if checked is not UNSET:
            converted[name] = checked
    return Settings(**converted)


def _value(name: str, value: object, hint: Any) -> str | int | UnsetType:
    if value == "":
        if _default(name) in ("", None):
            return UNSET
        raise SettingsError(name, "is empty; leave it out to have the default", example_of(name))
    try:
        checked: str | int = msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(name, _mismatch(get_args(hint)[0], error), example_of(name)) from error
    return checked.strip() if isinstance(checked, str) else checked


def _mismatch(kind: Any, error: msgspec.ValidationError) -> str:
    """What is wrong with a value, without the names of Python's types."""
    choices = get_args(kind)
    if str in map(type, choices):
        return f"is none of {', '.join(choices)}"
    if kind is int:
        bound = str(error).removeprefix("Expected `int` ")
        return f"has to be {bound}" if bound.startswith(("<", ">")) else "is no whole number"
    return "is no text in quotation marks"


def _default(name: str) -> object:
    position = Settings.__struct_fields__.index(name)
    return Settings.__struct_defaults__[position]


def _complete(settings: Settings) -> Settings:
    """Fill in what follows from other settings, and bring names and paths into one form."""
    domain = checks.domain(settings.domain)
    folder = Path(settings.data_dir).absolute()
    return msgspec.structs.replace(
        settings,
        domain=domain,
        base_url=checks.base_url(settings.base_url or checks.default_base_url(domain)),
        data_dir=str(folder),
        database_url=settings.database_url or f"sqlite+aiosqlite:///{folder}/entrepairs.db",
        media_url=settings.media_url or f"file://{folder}/media",
    )


def _check_forms(settings: Settings) -> None:
    checks.socket_address("bind", settings.bind)
    checks.static_addresses(settings.static_hosts)
    checks.networks("trusted_proxies", settings.trusted_proxies)
    checks.database_url(settings.database_url)
    checks.media_url(settings.media_url)
    if settings.metrics_bind:
        checks.socket_address("metrics_bind", settings.metrics_bind)
    if settings.redis_url:
        checks.redis_url(settings.redis_url)
    if settings.smtp_url:
        checks.smtp_url(settings.smtp_url)
    if settings.mail_from:
        checks.mail_address("mail_from", settings.mail_from)
    files = (("tls_cert", settings.tls_cert), ("tls_key", settings.tls_key), ("ca_file", settings.ca_file))
    for name, path in files:
        if path:
            checks.readable_file(name, path, example_of(name))
    if settings.tls_key and checks.is_open_to_others(Path(settings.tls_key)):
        raise SettingsError("tls_key", f"others can read it: chmod 600 {settings.tls_key}")


def _check_together(settings: Settings) -> None:
    if settings.tls_cert and not settings.tls_key:
        raise SettingsError("tls_key", "is missing beside TLS_CERT", example_of("tls_key"))
    if settings.tls_key and not settings.tls_cert:
        raise SettingsError("tls_cert", "is missing beside TLS_KEY", example_of("tls_cert"))
    if settings.tls_cert and not settings.has_https:
        raise SettingsError("base_url", "begins with http:// beside TLS_CERT", f"https://{settings.domain}")
    if settings.metrics_bind and settings.metrics_address == settings.bind_address:
        raise SettingsError("metrics_bind", "is the same as BIND", example_of("metrics_bind"))


def check_certificates(settings: Settings) -> None:
    """What a server needs beyond readable files, and `doctor` reports by itself. Raises `SettingsError`."""
    if settings.tls_cert and settings.tls_key:
        checks.certificate_with_key(settings.tls_cert, settings.tls_key)
    if settings.ca_file:
        checks.authorities(settings.ca_file)
