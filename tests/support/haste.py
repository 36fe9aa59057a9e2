"""What makes thousands of short-lived databases in one process cheaper, and changes nothing of what they answer.

A server is built for each test, with an engine of its own that knows no statement yet: the same few hundred would be
turned into SQL again thousands of times, a fifth of all work. So what SQLAlchemy keeps for a dialect is shared; the
connections are each engine's own. And commits to SQLite do not wait for the disk: no test pulls the plug.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event

_shared: dict[tuple[Any, ...], tuple[Dialect, Any]] = {}


def begin() -> None:
    """From now on, in this process."""
    event.listen(Engine, "engine_connect", _take_the_first)
    event.listen(Engine, "engine_connect", _hasten)


@contextmanager
def as_in_production() -> Iterator[None]:
    """Databases that are opened now wait for the disk."""
    event.remove(Engine, "engine_connect", _hasten)
    yield
    event.listen(Engine, "engine_connect", _hasten)


def _take_the_first(connection: Connection) -> None:
    engine = connection.engine
    own, cache = engine.dialect, connection.get_execution_options().get("compiled_cache")
    if cache is None:
        return
    # The isolation level that an engine was made with is kept in its dialect.
    kind = (type(own), own.driver, getattr(own, "_on_connect_isolation_level", None))
    engine.dialect, cache = _shared.setdefault(kind, (own, cache))
    connection.dialect = engine.dialect
    connection.execution_options(compiled_cache=cache)


def _hasten(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and "hastened" not in connection.info:
        connection.info["hastened"] = True
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()
