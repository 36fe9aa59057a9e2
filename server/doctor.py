"""What `entrepairs doctor` looks at: whether everything the server leans on is there and in order.

Looks only: changes nothing, and asks no other firm's server.
"""

import asyncio
import os
import shutil
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from models.engine import Database, ReadTx
from models.peers import ACTIVE
from models.queries import audit, checkpoints, peers, retractions
from server.installation import NotReady, checked_vault, require_database
from server.libraries import libraries
from server.media.store import Store, StoreAway
from server.notify.smtp import MailServer, NotSent
from server.settings import Settings
from server.vault_key import KeyRefused

_CLOCK_TOLERANCE = timedelta(seconds=10)
_CERTIFICATE_WARNING = timedelta(days=14)
_REDIS_SECONDS = 3


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at; the hint says how it is, or what to do."""

    ok: bool
    what: str
    hint: str


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


def _libraries() -> Check:
    wrong = [f"{one.name} {one.installed or 'is missing'} ({one.needed})" for one in libraries() if not one.fits]
    if wrong:
        return Check(False, "libraries", f"not those that are needed: {', '.join(wrong)}; install Entrepairs again")
    return Check(True, "libraries", ", ".join(f"{one.name} {one.installed}" for one in libraries()))


async def _database(settings: Settings, now: datetime) -> list[Check]:
    """Clock, database, migrations, secrets and peers: all are read there."""
    db = Database(settings.database_url, pool_size=1)
    try:
        require_database(settings)
        async with db.read() as tx:
            revision = await schema.revision(tx)
            if revision != schema.head():
                hint = f"at {revision or 'nothing'}, needed is {schema.head()}: run `entrepairs migrate`"
                return [Check(True, "database", "reachable"), Check(False, "migrations", hint)]
            found = [
                await look_at_clock(tx, now),
                Check(True, "database", "reachable"),
                Check(True, "migrations", "current"),
            ]
            found += [await _peers(tx), await _trails(tx), await _receipts(tx, now)]
        return [*found, await _secrets(settings, db)]
    except NotReady as error:
        return [Check(False, "database", str(error))]
    except (SQLAlchemyError, OSError) as error:
        return [Check(False, "database", f"cannot be read ({type(error).__name__}): check ENTREPAIRS_DATABASE_URL")]
    finally:
        await db.close()


async def look_at_clock(tx: ReadTx, now: datetime) -> Check:
    """Whether this machine's clock can be right, as far as the database tells."""
    newest = await audit.last(tx)
    if newest is not None and newest.at > now + _CLOCK_TOLERANCE:
        return Check(False, "clock", f"stands before the newest entry of the audit trail ({newest.at}): set it right")
    if tx.dialect == "postgresql":
        away = abs(await tx.scalar(select(func.now())) - now)
        if away > _CLOCK_TOLERANCE:
            return Check(False, "clock", f"is {away} away from the database's: keep both by NTP")
    return Check(True, "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC; signatures fail when it is wrong, so keep it by NTP")


async def _peers(tx: ReadTx) -> Check:
    rows = await peers.health(tx)
    failing = [row.host for row in rows if row.state == ACTIVE and row.failing_since is not None]
    if failing:
        return Check(False, "peers", f"deliveries fail to {', '.join(failing)}: see `entrepairs partner show`")
    active = sum(row.state == ACTIVE for row in rows)
    return Check(True, "peers", f"{active} active of {len(rows)}")


async def _trails(tx: ReadTx) -> Check:
    alarming = [head.domain for head in await checkpoints.heads(tx) if head.problem is not None]
    if alarming:
        names = ", ".join(alarming)
        hint = f"what {names} tells of its trail does not fit what it told before: see `entrepairs audit heads`"
        return Check(False, "audit trails of partners", hint)
    return Check(True, "audit trails of partners", "each extends what was told before")


async def _receipts(tx: ReadTx, now: datetime) -> Check:
    late = [f"{host} ({count})" for host, count in await retractions.overdue_hosts(tx, now)]
    if late:
        return Check(False, "receipts", f"overdue from {', '.join(late)}: see `entrepairs partner receipts`")
    return Check(True, "receipts", "what was called back is confirmed, or not due yet")


async def _secrets(settings: Settings, db: Database) -> Check:
    try:
        await checked_vault(settings, db)
    except (KeyRefused, NotReady) as error:
        return Check(False, "secrets", str(error))
    return Check(True, "secrets", "the vault's key is this database's; keep a copy of it apart from the database")


def _tls(settings: Settings, now: datetime) -> Check:
    if not settings.has_https:
        return Check(True, "TLS", "plain HTTP: for this machine and laboratories only")
    if settings.tls_cert is None or settings.tls_key is None:
        trusted = settings.trusted_proxies or "none: set ENTREPAIRS_TRUSTED_PROXIES, or all visitors count as one"
        return Check(True, "TLS", f"expected of a reverse proxy; trusted proxies: {trusted}")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(settings.tls_cert, settings.tls_key)
        expires = x509.load_pem_x509_certificates(Path(settings.tls_cert).read_bytes())[0].not_valid_after_utc
    except (ssl.SSLError, OSError, ValueError) as error:
        return Check(False, "TLS", f"certificate and key cannot be used together: {error}")
    return Check(expires > now + _CERTIFICATE_WARNING, "TLS", f"the certificate expires on {expires:%Y-%m-%d}")


async def _media(settings: Settings) -> Check:
    """A folder is only looked at; a bucket is tried, since nothing less says whether credentials are right."""
    store = Store(settings.media_url)
    ffmpeg = "" if shutil.which("ffmpeg") else "; without ffmpeg films have no picture before they are played"
    if store.folder is None:
        try:
            await store.check()
        except StoreAway as error:
            hint = (
                f"{settings.media_url} cannot be used ({error.reason}): check AWS_… in the environment, and the bucket"
            )
            return Check(False, "media", hint)
        return Check(True, "media", f"{settings.media_url} can be written and read{ffmpeg}")
    # Made when the first file is kept, so what counts is the nearest folder that is there.
    nearest = next(one for one in (store.folder, *store.folder.parents) if one.exists())
    is_writable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    hint = f"{store.folder} can be written{ffmpeg}" if is_writable else f"{nearest} cannot be written"
    return Check(is_writable, "media", hint)


async def _mail(settings: Settings) -> Check:
    if settings.smtp_url is None:
        return Check(True, "mail", "none is sent: set ENTREPAIRS_SMTP_URL to have people asked and warned by mail")
    try:
        await MailServer(settings).greet()
    except NotSent as error:
        return Check(False, "mail", f"the mail server does not answer as it should: {error.reason}")
    return Check(True, "mail", f"the mail server answers; mail comes from {settings.sender}")


async def _redis(settings: Settings) -> Check:
    if settings.redis_url is None:
        return Check(True, "Redis", "not set: right as long as one server process runs")
    try:
        async with asyncio.timeout(_REDIS_SECONDS):
            answer = await _ping(settings.redis_url)
    except (OSError, TimeoutError) as error:
        return Check(False, "Redis", f"does not answer ({type(error).__name__}): check ENTREPAIRS_REDIS_URL")
    # Without the password a server says -NOAUTH: it is there, and the address is right.
    is_redis = answer.startswith((b"+PONG", b"-NOAUTH"))
    return Check(is_redis, "Redis", "answers" if is_redis else "something else answers at ENTREPAIRS_REDIS_URL")


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
