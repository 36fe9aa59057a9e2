"""Databases for tests: an SQLite file and a throwaway PostgreSQL database, empty or migrated, each test its own.

PostgreSQL is looked for at `TEST_POSTGRES_URL`, else on this machine; Redis likewise. Where one does not answer its
tests are skipped, except with `CI=true`, where they fail.
"""

import asyncio
import os
import shutil
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
from sqlalchemy import URL, make_url

from models.engine import Database
from models.migrate import upgrade

T = TypeVar("T")

_TOGETHER = 10
"""Databases that are dropped at once. Each drop waits for a checkpoint, seconds on a busy disk; those that are dropped
together share one, and nothing of them is written any more."""

_CONNECT_SECONDS = 30.0

_used: list[str] = []
_dropping: list[Future[None]] = []
_behind = ThreadPoolExecutor(1)

BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work to its end, whether or not a loop runs here."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


def missing(service: str, reason: object) -> None:
    """Skip the test, or fail it in CI: there nothing may be left untested."""
    message = f"{service} does not answer: {reason}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """An address of the PostgreSQL server, by which databases may be created. At the end those made are gone."""
    url = make_url(os.environ.get("TEST_POSTGRES_URL", "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres"))
    try:
        run(_ask(url, "SELECT 1"))
    except (OSError, asyncpg.PostgresError) as error:
        missing("PostgreSQL", error)
    yield url
    _drop_used(url)
    for dropping in _dropping:
        dropping.result()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An SQLite file that is not there yet."""
    return _sqlite(tmp_path / "entrepairs.db")


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """An empty PostgreSQL database."""
    yield from _throwaway(postgres_server)


@pytest.fixture(params=BACKENDS)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "entrepairs.db"
    run(upgrade(_sqlite(file)))
    return file


@pytest.fixture(scope="session")
def migrated_postgres_database(postgres_server: URL) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, to be copied."""
    for url in _throwaway(postgres_server):
        run(upgrade(url))
        yield str(make_url(url).database)


@pytest.fixture
def migrated_sqlite_url(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """A migrated SQLite database."""
    return _sqlite(Path(shutil.copy(migrated_sqlite_file, tmp_path / "entrepairs.db")))


@pytest.fixture
def migrated_postgres_url(postgres_server: URL, migrated_postgres_database: str) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    yield from _throwaway(postgres_server, template=migrated_postgres_database)


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database, on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"migrated_{'sqlite' if request.param == 'sqlite' else 'postgres'}_url")
    return url


@pytest.fixture(params=BACKENDS)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes migrated databases for several servers, all on SQLite, then all on PostgreSQL."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            file: Path = request.getfixturevalue("migrated_sqlite_file")
            yield lambda: _sqlite(Path(shutil.copy(file, tmp_path / f"{uuid.uuid4().hex}.db")))
        else:
            server: URL = request.getfixturevalue("postgres_server")
            template: str = request.getfixturevalue("migrated_postgres_database")
            yield lambda: stack.enter_context(contextmanager(_throwaway)(server, template=template))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, open, on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The address of a Redis server."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    parsed = make_url(url)
    try:
        socket.create_connection((parsed.host or "127.0.0.1", parsed.port or 6379), timeout=2).close()
    except OSError as error:
        missing("Redis", error)
    return url


def _sqlite(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _throwaway(server: URL, *, template: str = "template0") -> Iterator[str]:
    name = f"entrepairs_test_{uuid.uuid4().hex[:16]}"
    # No test pulls the plug of the database server: its commits need not wait for the disk.
    hasty = f'ALTER DATABASE "{name}" SET synchronous_commit = off'
    run(_ask(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"', hasty))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _used.append(name)
        if len(_used) == _TOGETHER:
            _drop_used(server)


def _drop_used(server: URL) -> None:
    """Drop what tests have left, while the next ones run."""
    names = list(_used)
    _used.clear()

    async def drop() -> None:
        await asyncio.gather(*(_ask(server, f'DROP DATABASE "{name}" WITH (FORCE)') for name in names))

    _dropping.append(_behind.submit(asyncio.run, drop()))


async def _ask(url: URL, *statements: str) -> None:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, timeout=_CONNECT_SECONDS)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
