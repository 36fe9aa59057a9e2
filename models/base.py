"""The base of all tables, names of constraints, and the column types that every table uses.

Classes made from `Base` give typed columns and migrations; statements over them are Core.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType, NoneType
from typing import Any, ClassVar, Final, TypeVar, cast, get_args, get_origin

from sqlalchemy import (
    Alias,
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnClause,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    FromClause,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    type_coerce,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC. PostgreSQL: timestamptz. SQLite: microseconds since 1970, which sort and compare."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Integer on SQLite, timestamptz elsewhere."""
        kind: TypeEngine[Any] = BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Refuse naive times: they are always a mistake here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone was about to be stored")
        return (value - EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if isinstance(value, int):
            return EPOCH + timedelta(microseconds=value)
        return value if isinstance(value, datetime) else None


class Sealed(TypeDecorator[bytes]):
    """Bytes that only `models.vault.Vault` can open; a copy of the database alone reveals nothing (threats T184)."""

    impl = LargeBinary
    cache_ok = True


class indexed_words(GenericFunction[str]):  # noqa: N801 - reads as the SQL function that it is
    """A text of folded words in the form that the database searches."""

    inherit_cache = True


@compiles(indexed_words, "sqlite")
def _sqlite_words(element: Any, compiler: Any, **keywords: Any) -> str:
    return compiler.process(element.clauses, **keywords)  # type: ignore[no-any-return]  # the compiler is untyped


@compiles(indexed_words, "postgresql")
def _postgres_words(element: Any, compiler: Any, **keywords: Any) -> str:
    return f"to_tsvector('simple', {compiler.process(element.clauses, **keywords)})"


class Searched(TypeDecorator[str]):
    """A text that is searched and never read again. PostgreSQL: tsvector. SQLite: the text itself."""

    impl = PlainText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Tsvector on PostgreSQL."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else PlainText())

    def bind_expression(self, bindparam: BindParameter[str]) -> ColumnElement[str]:
        """As the database wants it."""
        return indexed_words(type_coerce(bindparam, PlainText()))


Uri = String(2048)
"""An ActivityPub id or another absolute address."""

Host = String(255)
"""Lower-case A-label without a default port."""


_TYPES: Final[dict[object, TypeEngine[Any]]] = {
    int: BigInteger().with_variant(Integer(), "sqlite"),
    str: String(),
    bool: Boolean(),
    bytes: LargeBinary(),
    date: Date(),
    datetime: UtcDateTime(),
    list[int]: JSON(),
    list[str]: JSON(),
    dict[str, object]: JSON(),
}
"""What a column is stored as when only the type of its values is given."""


V = TypeVar("V")
Stored = ColumnClause[V]
"""A column of a table, by the values that are read from it."""


class _Given:
    """What `column` was given, until its class knows the name and the type of the values."""

    __slots__ = ("items", "options")

    def __init__(self, items: Sequence[Any] = (), options: Mapping[str, Any] = _NOTHING) -> None:
        self.items = items
        self.options = options

    def made(self, name: str, values: object) -> Column[Any]:
        """The column, for values of this type; what may be `None` may be NULL."""
        items, options = list(self.items), {"nullable": NoneType in get_args(values), **self.options}
        if not items or (not isinstance(items[0], TypeEngine) and not isinstance(items[0], type)):
            kinds = [kind for kind in get_args(values) if kind is not NoneType] if options["nullable"] else [values]
            items.insert(0, _TYPES[kinds[0]])
        return Column(name, *items, **options)


def column(*items: Any, **options: Any) -> Any:
    """A column of a class of `Base`: what `sqlalchemy.Column` takes, but for its name.

    Without a type, that of its annotation's values; without `nullable`, NULL where the annotation says `None`.
    """
    return _Given(items, options)


class Base:
    """Every table of the project. A class of it is a table with typed columns, and stands in statements for the table.

    Not the library's own declarative base: what that adds for objects with an identity, which nothing here has, would
    take fifteen megabytes of an idle server.
    """

    __tablename__: ClassVar[str]
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = ()
    __table_options__: ClassVar[Mapping[str, Any]] = _NOTHING
    __table__: ClassVar[Table]
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init_subclass__(cls) -> None:
        columns = []
        for name, kind in cls.__annotations__.items():
            origin: object = get_origin(kind)
            if origin is ColumnClause:
                made = cls.__dict__.get(name, _Given()).made(name, get_args(kind)[0])
                setattr(cls, name, made)
                columns.append(made)
        cls.__table__ = Table(cls.__tablename__, cls.metadata, *columns, *cls.__table_args__, **cls.__table_options__)

    @classmethod
    def __clause_element__(cls) -> FromClause:
        """What statements take the class for."""
        return cls.__table__


T = TypeVar("T", bound=Base)


def aliased(entity: type[T], name: str | None = None) -> type[T]:
    """The table once more under another name, for a statement that needs it twice."""
    return cast("type[T]", _Alias(entity.__name__, (), {"__table__": entity.__table__.alias(name)}))


class _Alias(type):
    """Of what `aliased` makes. Its columns are made when one is first asked for, which of most aliases nobody does."""

    __table__: Alias

    def __clause_element__(cls) -> Alias:
        return cls.__table__

    def __getattr__(cls, name: str) -> ColumnElement[Any]:
        found = cls.__table__.columns.get(name)
        if found is None:
            raise AttributeError(name)
        setattr(cls, name, found)
        return found
