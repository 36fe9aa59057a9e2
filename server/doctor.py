"""What `entrepairs doctor` looks at: whether everything the server leans on is there and in order.

Looks only: changes nothing, and asks no other firm's server.
"""

import asyncio
import os
import shutil
import ssl
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from models.engine import Database, ReadTx
from models.outbox import CLOCKS_DIFFER
from models.peers import ACTIVE
from models.queries import audit, checkpoints, peers, retractions
from server.http.languages import to_translate
from server.installation import NotReady, checked_vault, require_database
from server.libraries import libraries
from server.media.store import Store, StoreAway
from server.notify.smtp import MailServer, NotSent
from server.settings import Settings
from server.vault_key import KeyRefused

_CLOCK_TOLERANCE = timedelta(seconds=10)
_CERTIFICATE_WARNING = timedelta(days=14)
_REDIS_SECONDS = 3
REACHABLE = to_translate("reachable")


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at; the message says how it is, or what to do, and pages translate it."""

    ok: bool
    what: str
    message: str
    values: dict[str, object]

    @property
    def hint(self) -> str:
        """The message in English, as commands say it."""
        return self.message % self.values if self.values else self.message


async def examine(settings: Settings, now: datetime) -> list[Check]:
    """Everything that can be looked at from here."""
    return [
        _libraries(),
        *await _database(settings, now),
        _tls(settings, now),
        await _media(settings),
        await _mail(settings),
        await _redis(settings),
    ]


def _good(what: str, message: str, **values: object) -> Check:
    return Check(True, what, message, values)


def _bad(what: str, message: str, **values: object) -> Check:
    return Check(False, what, message, values)


def _libraries() -> Check:
    wrong = [f"{one.name} {one.installed or '–'} ({one.needed})" for one in libraries() if not one.fits]
    if wrong:
        return _bad(
            "libraries",
            to_translate("not those that are needed: %(names)s; install Entrepairs again"),
            names=", ".join(wrong),
        )
    return _good("libraries", "%(names)s", names=", ".join(f"{one.name} {one.installed}" for one in libraries()))


async def _database(settings: Settings, now: datetime) -> list[Check]:
    """Clock, database, migrations, secrets and peers: all are read there."""
    db = Database(settings.database_url, pool_size=1)
    try:
        require_database(settings)
        async with db.read() as tx:
            revision = await schema.revision(tx)
            if revision != schema.head():
                return [_good("database", REACHABLE), _stale(revision)]
            found = [
                await look_at_clock(tx, now),
                _good("database", REACHABLE),
                _good("migrations", to_translate("current")),
            ]
            found += [await look_at_peers(tx), await _trails(tx), await _receipts(tx, now)]
        return [*found, await _secrets(settings, db)]
    except NotReady as error:
        return [_bad("database", "%(problem)s", problem=error)]
    except (SQLAlchemyError, OSError) as error:
        message = to_translate("cannot be read (%(error)s): check ENTREPAIRS_DATABASE_URL")
        return [_bad("database", message, error=type(error).__name__)]
    finally:
        await db.close()


def _stale(revision: str | None) -> Check:
    if revision is not None and revision not in schema.revisions():
        message = to_translate(
            "at %(revision)s, of a newer version than this one (%(needed)s): install that one again, "
            "or restore the backup that was made before it"
        )
        return _bad("migrations", message, revision=revision, needed=schema.head())
    message = to_translate("at %(revision)s, needed is %(needed)s: run `entrepairs migrate`")
    return _bad("migrations", message, revision=revision or "–", needed=schema.head())


async def look_at_clock(tx: ReadTx, now: datetime) -> Check:
    """Whether this machine's clock can be right, as far as the database tells."""
    newest = await audit.last(tx)
    if newest is not None and newest.at > now + _CLOCK_TOLERANCE:
        message = to_translate("stands before the newest entry of the audit trail (%(moment)s): set it right")
        return _bad("clock", message, moment=newest.at)
    if tx.dialect == "postgresql":
        away = abs(await tx.scalar(select(func.now())) - now)
        if away > _CLOCK_TOLERANCE:
            message = to_translate("is %(span)s away from the database’s: keep both by NTP")
            return _bad("clock", message, span=away)
    message = to_translate("%(moment)s UTC; signatures fail when it is wrong, so keep it by NTP")
    return _good("clock", message, moment=f"{now:%Y-%m-%d %H:%M:%S}")


async def look_at_peers(tx: ReadTx) -> Check:
    """Whether deliveries to partners go, and what keeps them."""
    rows = await peers.health(tx)
    clocks = [f"{row.host}: {row.last_error}" for row in rows if CLOCKS_DIFFER in (row.last_error or "")]
    if clocks:
        message = to_translate("refuse what is sent, since clocks differ: %(hosts)s")
        return _bad("peers", message, hosts=", ".join(clocks))
    failing = [row.host for row in rows if row.state == ACTIVE and row.failing_since is not None]
    if failing:
        message = to_translate("deliveries fail to %(hosts)s: see `entrepairs partner show`")
        return _bad("peers", message, hosts=", ".join(failing))
    active = sum(row.state == ACTIVE for row in rows)
    return _good("peers", to_translate("%(active)s active of %(all)s"), active=active, all=len(rows))


async def _trails(tx: ReadTx) -> Check:
    alarming = [head.domain for head in await checkpoints.heads(tx) if head.problem is not None]
    if alarming:
        message = to_translate(
            "what %(hosts)s tells of its trail does not fit what it told before: see `entrepairs audit heads`"
        )
        return _bad("audit trails of partners", message, hosts=", ".join(alarming))
    return _good("audit trails of partners", to_translate("each extends what was told before"))


async def _receipts(tx: ReadTx, now: datetime) -> Check:
    late = [f"{host} ({count})" for host, count in await retractions.overdue_hosts(tx, now)]
    if late:
        message = to_translate("overdue from %(hosts)s: see `entrepairs partner receipts`")
        return _bad("receipts", message, hosts=", ".join(late))
    return _good("receipts", to_translate("what was called back is confirmed, or not due yet"))


async def _secrets(settings: Settings, db: Database) -> Check:
    try:
        await checked_vault(settings, db)
    except KeyRefused as error:
        return _bad("secrets", error.message, **error.values)
    except NotReady as error:
        return _bad("secrets", "%(problem)s", problem=error)
    message = to_translate("the vault’s key is this database’s; keep a copy of it apart from the database")
    return _good("secrets", message)


def _tls(settings: Settings, now: datetime) -> Check:
    if not settings.has_https:
        return _good("TLS", to_translate("plain HTTP: for this machine and laboratories only"))
    if settings.tls_cert is None or settings.tls_key is None:
        return _behind_a_proxy(settings.trusted_proxies)
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(settings.tls_cert, settings.tls_key)
        expires = _expiry_of(settings.tls_cert)
    except (ssl.SSLError, OSError, ValueError) as error:
        return _bad("TLS", to_translate("certificate and key cannot be used together: %(error)s"), error=error)
    said = _good if expires > now + _CERTIFICATE_WARNING else _bad
    return said("TLS", to_translate("the certificate expires on %(day)s"), day=f"{expires:%Y-%m-%d}")


def _expiry_of(certificate: str) -> datetime:
    """When the first certificate of a file ends. The library of certificates is loaded when one is looked at."""
    first = import_module("cryptography.x509").load_pem_x509_certificates(Path(certificate).read_bytes())[0]
    expires: datetime = first.not_valid_after_utc
    return expires


def _behind_a_proxy(trusted: str) -> Check:
    if trusted:
        message = to_translate("expected of a reverse proxy; trusted proxies: %(proxies)s")
        return _good("TLS", message, proxies=trusted)
    message = to_translate(
        "expected of a reverse proxy; none is trusted: set ENTREPAIRS_TRUSTED_PROXIES, or all visitors count as one"
    )
    return _good("TLS", message)


async def _media(settings: Settings) -> Check:
    """A folder is only looked at; a bucket is tried, since nothing less says whether credentials are right."""
    store = Store(settings.media_url)
    if store.folder is None:
        try:
            await store.check()
        except StoreAway as error:
            message = to_translate(
                "%(place)s cannot be used (%(error)s): check AWS_… in the environment, and the bucket"
            )
            return _bad("media", message, place=settings.media_url, error=error.reason)
        return _writable(settings.media_url)
    # Made when the first file is kept, so what counts is the nearest folder that is there.
    nearest = next(one for one in (store.folder, *store.folder.parents) if one.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        return _bad("media", to_translate("%(place)s cannot be written"), place=nearest)
    return _writable(store.folder)


def _writable(place: str | Path) -> Check:
    if shutil.which("ffmpeg"):
        return _good("media", to_translate("%(place)s can be written and read"), place=place)
    message = to_translate(
        "%(place)s can be written and read; without ffmpeg films have no picture before they are played"
    )
    return _good("media", message, place=place)


async def _mail(settings: Settings) -> Check:
    if settings.smtp_url is None:
        message = to_translate("none is sent: set ENTREPAIRS_SMTP_URL to have people asked and warned by mail")
        return _good("mail", message)
    try:
        await MailServer(settings).greet()
    except NotSent as error:
        message = to_translate("the mail server does not answer as it should: %(error)s")
        return _bad("mail", message, error=error.reason)
    return _good("mail", to_translate("the mail server answers; mail comes from %(sender)s"), sender=settings.sender)


async def _redis(settings: Settings) -> Check:
    if settings.redis_url is None:
        return _good("Redis", to_translate("not set: right as long as one server process runs"))
    try:
        async with asyncio.timeout(_REDIS_SECONDS):
            answer = await _ping(settings.redis_url)
    except (OSError, TimeoutError) as error:
        message = to_translate("does not answer (%(error)s): check ENTREPAIRS_REDIS_URL")
        return _bad("Redis", message, error=type(error).__name__)
    # Without the password a server says -NOAUTH: it is there, and the address is right.
    if not answer.startswith((b"+PONG", b"-NOAUTH")):
        return _bad("Redis", to_translate("something else answers at ENTREPAIRS_REDIS_URL"))
    return _good("Redis", to_translate("answers"))


async def _ping(url: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(unquote(parts.path))
    else:
        context = ssl.create_default_context() if parts.scheme == "rediss" else None
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 6379, ssl=context)
    try:
        writer.write(b"PING\r\n")
        await writer.drain()
        return await reader.readline()
    finally:
        writer.close()
