"""Windows over a list by the id of its entries: the SQL side of the client API's max_id, since_id and min_id.

Not offsets: a page costs the same however deep it is, and nothing is shown twice when new entries arrive. What a
newcomer gets wrong: `min_id` reads upwards from its bound, yet the page is shown newest first all the same.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, literal_column

_LIMITS: Final = (20, 40, 80, 200, 1000)
"""What statements are limited to, which is written into them: a page of fewer is cut from that.

For a limit that is given when a statement is run, PostgreSQL's general plan expects a tenth of all rows. It then thinks
any plan for the numbers at hand better, and makes one each time, in three times the time that the page itself takes.
https://www.postgresql.org/docs/current/sql-prepare.html
"""

_Row = TypeVar("_Row")
_Columns = TypeVar("_Columns", bound=Select[*tuple[Any, ...]])


def limit_written(limit: int) -> int:
    """The limit to write into a statement for a page of so many, 1 to 1000."""
    return next(one for one in _LIMITS if one >= limit)


class Window(NamedTuple):
    """The form of a page without its numbers: statements are built once for each form and kept."""

    has_upper: bool
    has_lower: bool
    is_upwards: bool
    at_most: int
    """One of a few limits, not below the page's."""

    def of(self, statement: _Columns, column: ColumnElement[int]) -> _Columns:
        """The statement with bounds, order and limit by a column that is unique in its rows.

        The numbers are given when it is run, as `Page.values`.
        """
        if self.has_upper:
            statement = statement.where(column < bindparam("page_upper", type_=BigInteger()))
        if self.has_lower:
            statement = statement.where(column > bindparam("page_lower", type_=BigInteger()))
        order = column.asc() if self.is_upwards else column.desc()
        return statement.order_by(order).limit(literal_column(str(self.at_most)))


class Page(Struct, frozen=True):
    """One page of a list. All bounds are exclusive and need not exist as records."""

    max_id: int | None
    """Only entries with a smaller cursor."""
    since_id: int | None
    """Only entries with a greater cursor; still the newest `limit` of them."""
    min_id: int | None
    """Only entries with a greater cursor, the oldest `limit` of them: the page right above. Beats `since_id`."""
    limit: int
    """Entries at most, 1 to 1000, already clamped."""

    @property
    def window(self) -> Window:
        """Its form."""
        lower = self.since_id if self.min_id is None else self.min_id
        return Window(self.max_id is not None, lower is not None, self.min_id is not None, limit_written(self.limit))

    @property
    def values(self) -> dict[str, object]:
        """Its numbers, by the names that `Window.of` gives them."""
        lower = self.since_id if self.min_id is None else self.min_id
        values: dict[str, object] = {}
        if self.max_id is not None:
            values["page_upper"] = self.max_id
        if lower is not None:
            values["page_lower"] = lower
        return values

    def bound(self, statement: _Columns, column: ColumnElement[int]) -> _Columns:
        """The statement with this page's window, order and limit, for pages that are seldom asked for.

        With `min_id` the rows come oldest first: pass them through `ordered` before showing them.
        """
        lower = self.since_id if self.min_id is None else self.min_id
        if self.max_id is not None:
            statement = statement.where(column < self.max_id)
        if lower is not None:
            statement = statement.where(column > lower)
        order = column.desc() if self.min_id is None else column.asc()
        return statement.order_by(order).limit(self.limit)

    def ordered(self, rows: Sequence[_Row]) -> list[_Row]:
        """The rows of a bound statement, as many as the page has, newest first."""
        found = rows[: self.limit]
        return list(found) if self.min_id is None else list(reversed(found))
