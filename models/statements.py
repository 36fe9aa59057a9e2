"""Statements that last: each is built once, at its first use.

Built when their modules are read, all of them would take ten megabytes of a server that is asked for none.

What is constant in them is written into their text. As parameters, two dozen of them in the conditions of the gate
alone, they would be handed to the driver at each use, and PostgreSQL, which knows nothing of a parameter's value in its
general plan, would think the one for the values at hand better and make it anew each time.
https://www.postgresql.org/docs/current/sql-prepare.html
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, ParamSpec, TypeVar, cast

from sqlalchemy import ColumnElement, Integer, String, literal_column, select
from sqlalchemy.sql.elements import BindParameter, ClauseList
from sqlalchemy.sql.operators import in_op
from sqlalchemy.sql.visitors import iterate, replacement_traverse
from sqlalchemy.types import TypeEngine

from models.engine import WriteTx

T = TypeVar("T")
Form = ParamSpec("Form")

_PLAIN: Final = re.compile(r"[\w .:/#@-]*", re.ASCII)
"""What means itself between quotes, on every database."""


def lasting(build: Callable[[], T]) -> Callable[[], T]:
    """What gives the statement that `build` makes, the same at every call (so that it is compiled once)."""
    return cache(lambda: _written_out(build()))


def lasting_forms(build: Callable[Form, T]) -> Callable[Form, T]:
    """The same for a statement of a few forms: one is kept for each set of arguments, which must be few."""

    def built(*form: Form.args, **named: Form.kwargs) -> T:
        return _written_out(build(*form, **named))

    return cast("Callable[Form, T]", cache(built))


def lasting_by_dialect(build: Callable[[WriteTx], T]) -> Callable[[WriteTx], T]:
    """The same for a statement that is another on each kind of database."""
    kept: dict[str, T] = {}

    def built(tx: WriteTx) -> T:
        if tx.dialect not in kept:
            kept[tx.dialect] = _written_out(build(tx))
        return kept[tx.dialect]

    return built


def unplanned(parameter: ColumnElement[T]) -> ColumnElement[T]:
    """A parameter whose value the database does not look at when it plans.

    Where one value is far more frequent than others, or switches a part of a statement off, the plan for the value at
    hand always looks better than the general one to PostgreSQL, and is made anew at each use, though it hardly ever is
    another. So does SQLite with what follows LIKE.
    """
    return select(parameter).scalar_subquery()


def _written_out(made: T) -> T:
    """The same statement, or statements, its constants as text. What has a name is given when it is run.

    SQLite prepares a statement anew each time it is given a parameter that it compares with what a partial index holds
    (`state = ?` beside `WHERE state = 'pending'`): a constant in the text spares it that.
    https://www.sqlite.org/partialindex.html

    It is another object, with other aliases: what is to be built upon is kept by `functools.cache` alone.
    """
    if isinstance(made, list | tuple):
        return cast("T", type(made)(_written_out(one) for one in made))
    statement = cast("Any", made)
    if all(_as_text(element) is None for element in iterate(statement)):
        return made
    return cast("T", replacement_traverse(statement, {}, _as_text))


def _as_text(element: object, **_: object) -> Any:
    """For a constant what takes its place; None: it stays as it is."""
    if not isinstance(element, BindParameter) or element.required or element.callable or not element.unique:
        return None
    if not element.expanding:
        return _literal(element.value, element.type)
    values = list(element.value or ())
    literals = [one for value in values if (one := _literal(value, element.type)) is not None]
    if not values or len(literals) < len(values):
        return None
    return ClauseList(*literals).self_group(against=in_op)


def _literal(value: object, kind: TypeEngine[Any]) -> ColumnElement[Any] | None:
    # No kind: the value of a column in an UPDATE, which gets the column's own when that is compiled.
    if not isinstance(kind, Integer | String) or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return literal_column(str(value), kind)
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return literal_column(f"'{value}'", kind)
    return None
