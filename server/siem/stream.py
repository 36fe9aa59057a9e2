"""Streams the audit trail to the firm's SIEM, in order, from where the last one ended.

The number of the last entry that was taken is kept after each batch: a killed server sends a batch a second time, and
leaves none out. By HTTPS a batch is taken when the answer says so; syslog has no answers (RFC 6587), so that there it
is when the connection was closed in order.
"""

import ssl
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec
import structlog

from federation.errors import FederationError
from federation.runtime import Runtime
from federation.signatures.ways import Way
from federation.transport.addresses import StaticHosts
from federation.transport.client import Destinations, GetSigner, HttpClient
from federation.transport.streams import connection
from models.audit import TECHNICAL
from models.queries import audit, state
from models.queries.audit import AuditRow
from models.writes import state as facts
from server.settings import Settings
from server.siem.destination import FACT, POSITION, TCP, TOKEN, Destination, document, syslog

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 15.0
LONGEST_WAIT_SECONDS: Final = 900.0
BATCH: Final = 200
_LEASE: Final = "audit stream lease"
_LEASE_TIME: Final = timedelta(minutes=2)
_TAKEN: Final = frozenset({200, 201, 202, 204})


class NotTaken(Exception):
    """The SIEM could not be reached, or refused: one sentence for an administrator."""


class _Batch(NamedTuple):
    """What is next for the SIEM: the setting as it was read, what it says, and the entries."""

    setting: str
    to: Destination
    rows: list[AuditRow]
    sealed: bytes | None

    @property
    def wanted(self) -> list[AuditRow]:
        return self.rows if self.to.is_whole else [row for row in self.rows if row.action.startswith(TECHNICAL)]


class AuditStream:
    """One process's hand on the stream; several never send at once, by a lease."""

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._hosts = StaticHosts(settings.static_addresses)

    async def run(self) -> None:
        """Send what there is, until cancelled; after a failure with growing pauses."""
        wait = EVERY_SECONDS
        while True:
            is_well = await self.send_all()
            wait = EVERY_SECONDS if is_well else min(wait * 2, LONGEST_WAIT_SECONDS)
            await self._runtime.clock.sleep(wait)

    async def send_all(self) -> bool:
        """Everything that is new, batch by batch. False: it was not taken, and the setting says why."""
        while True:
            if await self._next() is None or not await self._claim():
                return True
            # Asked again under the lease: who held it until now may have sent what was next before.
            batch = await self._next()
            if batch is None:
                await self._give_back()
                return True
            problem = await self._send(batch)
            await self._note(batch, problem)
            if problem is not None or len(batch.rows) < BATCH:
                return problem is None

    async def _next(self) -> _Batch | None:
        """What the SIEM has not had yet; None: nothing, or nobody chose one."""
        async with self._runtime.db.read() as tx:
            setting = await state.text(tx, FACT)
            if not setting:
                return None
            position = int(await state.text(tx, POSITION) or 0)
            rows = await audit.after(tx, position, BATCH)
            to = msgspec.json.decode(setting, type=Destination)
            return _Batch(setting, to, rows, await state.secret(tx, TOKEN)) if rows else None

    async def _send(self, batch: _Batch) -> str | None:
        """Why it was not taken; None: it was."""
        to, rows = batch.to, batch.wanted
        try:
            if rows and to.scheme.startswith("http"):
                await self._post(to, rows, batch.sealed)
            elif rows:
                await self._write(to, rows)
        except (NotTaken, FederationError, OSError, TimeoutError) as error:
            log.warning("audit.stream_failed", to=to.host, reason=str(error))
            return (str(error) or type(error).__name__)[:300]
        return None

    async def _write(self, to: Destination, rows: list[AuditRow]) -> None:
        tls = None if to.scheme == TCP else self._trust()
        domain = self._runtime.config.domain
        async with connection(to.host, to.port, self._hosts, tls=tls) as writer:
            for row in rows:
                writer.write(syslog(row, domain))
            await writer.drain()

    async def _post(self, to: Destination, rows: list[AuditRow], sealed: bytes | None) -> None:
        headers = {"Content-Type": "application/x-ndjson"}
        if sealed:
            headers["Authorization"] = f"Bearer {self._runtime.vault.open(sealed, TOKEN).decode()}"
        body = b"".join(document(row, self._runtime.config.domain) + b"\n" for row in rows)
        client = self._client(to.host)
        try:
            reply = await client.post(to.address, body, headers)
        finally:
            await client.close()
        if reply.status not in _TAKEN:
            raise NotTaken(f"{to.host} answered {reply.status}")

    def _client(self, host: str) -> HttpClient:
        config = self._runtime.config
        destinations = Destinations(
            own_host=config.base_url.partition("://")[2],
            may_contact={host}.__contains__,
            static_hosts=self._hosts,
            allow_http=not self._settings.has_https,
        )
        agent = f"Entrepairs (+{config.base_url})"
        signer = GetSigner(_unsigned, _unasked, _unknown)
        return HttpClient(destinations, signer, self._runtime.clock, user_agent=agent, ca_file=self._settings.ca_file)

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file is not None:
            context.load_verify_locations(self._settings.ca_file)
        return context

    async def _claim(self) -> bool:
        now = self._runtime.clock.now()
        async with self._runtime.db.write() as tx:
            return await facts.claim(tx, _LEASE, now=_text(now), until=_text(now + _LEASE_TIME))

    async def _note(self, batch: _Batch, problem: str | None) -> None:
        """What became of a batch, unless somebody has chosen another destination meanwhile."""
        now = self._runtime.clock.now()
        sent_at = now if problem is None else batch.to.sent_at
        noted = msgspec.structs.replace(batch.to, problem=problem, tried_at=now, sent_at=sent_at)
        async with self._runtime.db.write() as tx:
            await facts.put(tx, _LEASE, "")
            is_theirs = await facts.replace(tx, FACT, batch.setting, msgspec.json.encode(noted).decode())
            if is_theirs and problem is None:
                await facts.put(tx, POSITION, str(batch.rows[-1].id))

    async def _give_back(self) -> None:
        async with self._runtime.db.write() as tx:
            await facts.put(tx, _LEASE, "")


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


async def _unsigned(_url: str, _way: Way) -> list[dict[str, str]]:
    return [{}]


async def _unasked(_url: str, _said: str) -> None:
    return None


def _unknown(_host: str) -> None:
    return None
