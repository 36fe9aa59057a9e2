"""Counting what is asked of a database: every statement, but not what begins and ends a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event
from structlog.contextvars import get_contextvars

from models.engine import Database

_FRAMING = ("BEGIN", "COMMIT", "ROLLBACK", "SET TRANSACTION")


@dataclass
class Counted:
    """What was asked. A statement that is run for many rows at once counts once."""

    statements: list[str] = field(default_factory=list)
    """All of them, in order."""
    transactions: list[list[str]] = field(default_factory=list)
    """Those of each transaction that was committed, in order of the commits."""

    def transaction_with(self, words: str) -> list[str]:
        """The only committed transaction with a statement that contains these words."""
        (found,) = [one for one in self.transactions if any(words in statement for statement in one)]
        return found


@contextmanager
def of_each_request(db: Database) -> Iterator[dict[str, list[str]]]:
    """The statements of the time of the block by the ids of the requests that they were run for (`X-Request-Id`)."""
    found: dict[str, list[str]] = {}

    def note(connection: Connection, cursor: object, statement: str, *others: object) -> None:
        request_id = get_contextvars().get("request_id")
        if request_id is not None and not statement.startswith(_FRAMING):
            found.setdefault(request_id, []).append(statement)

    engines: list[Any] = [engine.sync_engine for engine in db.engines]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


@contextmanager
def counted(db: Database) -> Iterator[Counted]:
    """The statements of the time of the block."""
    found, open_ones = Counted(), dict[Connection, list[str]]()

    def note(connection: Connection, cursor: object, statement: str, *others: object) -> None:
        if not statement.startswith(_FRAMING):
            found.statements.append(statement)
            open_ones.setdefault(connection, []).append(statement)

    def commit(connection: Connection) -> None:
        found.transactions.append(open_ones.pop(connection, []))

    def roll_back(connection: Connection) -> None:
        open_ones.pop(connection, None)

    engines: list[Any] = [engine.sync_engine for engine in db.engines]
    listeners = [
        (engine, name, listener)
        for engine in engines
        for name, listener in (("before_cursor_execute", note), ("commit", commit), ("rollback", roll_back))
    ]
    for listening in listeners:
        event.listen(*listening)
    try:
        yield found
    finally:
        for listening in listeners:
            event.remove(*listening)
