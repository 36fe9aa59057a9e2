"""The server under load: a real `entrepairs serve` on a folder and a database of its own, and a way into that database.

Everything about it is as in production but for the rate limit, which is off, and the peers' addresses.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg
from sqlalchemy import URL, make_url

from tests.load.cpu import Backends, NoDatabase, Spent, tree_cpu_seconds, tree_memory_mib
from tests.load.http_load import HOST, ask
from tests.load.letters import DOMAIN
from tests.load.machine import slowness
from tests.load.options import Options
from tests.load.profiles import profiled
from tests.support.commands import Firm

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_AS_INSTALLED = "import sys; sys.modules['rich'] = None; from server.cli.main import main; main()"
"""The command without what only a development environment has: structlog loads rich (3 MiB) where it finds it."""
_DEFAULT_POSTGRES = "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres"


class Store:
    """A connection to the server's database beside the server's own, for looking and for a few changes."""

    def __init__(self, sqlite: sqlite3.Connection | None, postgres: "asyncpg.Connection | None") -> None:
        self._sqlite = sqlite
        self._postgres = postgres

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect to a migrated database."""
        if url.startswith("sqlite"):
            connection = sqlite3.connect(str(make_url(url).database), isolation_level=None, timeout=10)
            return cls(connection, None)
        return cls(None, await asyncpg.connect(plain(url)))

    async def number(self, statement: str) -> int:
        """The first column of the first row."""
        if self._sqlite is not None:
            return int(self._sqlite.execute(statement).fetchone()[0])
        assert self._postgres is not None
        return int(await self._postgres.fetchval(statement))

    async def execute(self, statement: str) -> None:
        """Run a statement, committed at once."""
        if self._sqlite is not None:
            self._sqlite.execute(statement)
            return
        assert self._postgres is not None
        await self._postgres.execute(statement)

    async def until_none(self, rows: str, seconds: float) -> None:
        """Wait until a table expression has no row. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while True:
                if not await self.number(f"SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT 1) AS one"):
                    return
                await asyncio.sleep(0.02)

    async def backends(self, url: str) -> Backends | NoDatabase:
        """What counts the database's own CPU."""
        if self._postgres is None:
            return NoDatabase()
        return Backends(str(make_url(url).database), await self.number("SELECT pg_backend_pid()"))

    async def close(self) -> None:
        """Disconnect."""
        if self._sqlite is not None:
            self._sqlite.close()
        elif self._postgres is not None:
            await self._postgres.close()


class ServerUnderLoad:
    """One installation in a temporary folder; as a context manager it leaves nothing behind."""

    def __init__(self, options: Options, *, hosts: Iterable[str] = (), peer_port: int = 0) -> None:
        """`hosts` are reached at `peer_port` of this machine; without it at one where nobody listens yet."""
        self.folder = Path(tempfile.mkdtemp(prefix="entrepairs-load-"))
        self.port = free_port()
        self.database_url = self._database(options.database)
        self._profiles = options.profiles
        self.peer_port = peer_port or free_port()
        settings = {
            "BIND": f"{HOST}:{self.port}",
            "DATABASE_URL": self.database_url,
            "STATIC_HOSTS": " ".join(f"{host}={HOST}:{self.peer_port}" for host in hosts),
            "API_RATE": "0",
            "LOG_LEVEL": "warning",
        }
        self.firm = Firm(self.folder, DOMAIN, settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._backends: Backends | NoDatabase = NoDatabase()
        self.store: Store

    def _database(self, kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite+aiosqlite:///{self.folder}/data/entrepairs.db"
        name = f"entrepairs_load_{uuid.uuid4().hex[:12]}"
        asyncio.run(_administer(f'CREATE DATABASE "{name}"'))
        return postgres_url().set(database=name).render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if error is not None and (log := self.folder / "log").exists():
            print(log.read_text()[-4000:], file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)
        if not self.database_url.startswith("sqlite"):
            asyncio.run(_administer(f'DROP DATABASE "{make_url(self.database_url).database}" WITH (FORCE)'))

    @property
    def pid(self) -> int:
        """Of the server's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def memory_mib(self) -> float:
        """Resident memory of the server's processes; PostgreSQL's own is not among it."""
        return tree_memory_mib(self.pid)

    async def start(self) -> float:
        """Start the server; seconds until /readyz said yes."""
        began = time.monotonic()
        self._process = self._spawned()
        await self._ready(began)
        took = time.monotonic() - began
        self.store = await Store.open(self.database_url)
        self._backends = await self.store.backends(self.database_url)
        return took

    def _spawned(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", _AS_INSTALLED, "serve"],
                cwd=self.folder,
                env=self.firm.environment,
                stdout=log,
                stderr=log,
            )

    async def _ready(self, began: float) -> None:
        assert self._process is not None
        while time.monotonic() - began < _START_SECONDS:
            with contextlib.suppress(OSError):
                if (await ask(self.port, "/readyz"))[0] == 200:
                    return
            if self._process.poll() is not None:
                raise RuntimeError("the server ended at its start")
            await asyncio.sleep(0.01)
        raise RuntimeError(f"the server is not ready within {_START_SECONDS:.0f} s")

    async def stop(self) -> None:
        """Stop as an operator does. Raises `RuntimeError` where that is not clean."""
        assert self._process is not None
        await self.store.close()
        self._process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(self._process.wait, _STOP_SECONDS)
        if status != 0:
            raise RuntimeError(f"the server ended with status {status}")

    def install(self, *people: str) -> None:
        """Migrate the database and make these people."""
        self.firm.ask("migrate")
        for name in people:
            self.firm.user(name)

    def found(self, name: str, *, host: str) -> None:
        """Found an open community that all partners may share."""
        self.firm.ask("community", "create", name, "--title", name.title(), "--host", host, "--scope", "all")

    def token(self, name: str) -> str:
        """For the client API."""
        scopes = "read write follow push"
        return str(self.firm.ask("user", "token", name, "--scopes", scopes)["access_token"])

    @property
    def log_mib(self) -> float | None:
        """Size of SQLite's write-ahead log."""
        log = self.folder / "data" / "entrepairs.db-wal"
        return log.stat().st_size / 2**20 if log.exists() else None

    async def hold_peers(self) -> None:
        """Let deliveries be written down and not be sent, as if another process had the peers' queues."""
        far = "4102444800000000" if self.database_url.startswith("sqlite") else "'2100-01-01'"
        await self.store.execute(f"UPDATE delivery_queues SET leased_until = {far}, lease_owner = 'load'")

    async def release_peers(self) -> None:
        """Let them be sent, without more waiting; found at the sender's next look, after two seconds at most."""
        free = "leased_until = NULL, lease_owner = NULL, next_attempt_at = NULL"
        await self.store.execute(f"UPDATE delivery_queues SET {free}")

    @contextlib.contextmanager
    def measured(self, name: str) -> Iterator[Spent]:
        """Fills in what the block cost; with a profile where one is asked for."""
        before = slowness()
        with profiled(self.pid, name, self._profiles), self._counted() as spent:
            yield spent
        spent.slowness = (before + slowness()) / 2

    @contextlib.contextmanager
    def _counted(self) -> Iterator[Spent]:
        spent = Spent()
        self._backends.start()
        cpu, wall = tree_cpu_seconds(self.pid), time.monotonic()
        yield spent
        spent.wall = time.monotonic() - wall
        spent.cpu = tree_cpu_seconds(self.pid) - cpu
        spent.database_cpu = self._backends.stop()
        spent.cpu += spent.database_cpu


def postgres_url() -> URL:
    """An address of the PostgreSQL server by which databases may be created: `TEST_POSTGRES_URL`, else this machine."""
    return make_url(os.environ.get("TEST_POSTGRES_URL", _DEFAULT_POSTGRES))


def plain(url: str | URL) -> str:
    """The address as the driver itself takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


async def why_no_postgres() -> str | None:
    """None where the PostgreSQL server answers; else what is wrong."""
    try:
        await _administer("SELECT 1")
    except (OSError, asyncpg.PostgresError) as error:
        return str(error) or type(error).__name__
    return None


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(plain(postgres_url()), timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
