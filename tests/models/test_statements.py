"""Statements that are kept: their constants are text, and what is given when they are run is not."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from sqlalchemy import Dialect, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import FROM_LINTING
from sqlalchemy.sql.expression import FromClause

import models
from models.gate import ViewerKind
from models.peers import ACTIVE, SUSPENDED, Peer
from models.queries import feeds, posts
from models.queries.paging import Window
from models.statements import lasting, lasting_forms

PAGE = Window(has_upper=True, has_lower=False, is_upwards=False, at_most=20)
DIALECTS: list[Dialect] = [sqlite.dialect(paramstyle="named"), postgresql.dialect(paramstyle="named")]  # type: ignore[no-untyped-call]


def parameters(statement: ClauseElement) -> set[str]:
    return {name for dialect in DIALECTS for name in statement.compile(dialect=dialect).params}


def test_constants_are_text_and_names_are_parameters() -> None:
    kept = lasting(
        lambda: (
            select(Peer.id, func.coalesce(Peer.seen_at, None))
            .where(Peer.state.in_((ACTIVE, SUSPENDED)), Peer.kind == "basic", Peer.id > 7)
            .where(Peer.host == bindparam("of_host"))
        )
    )

    assert kept() is kept()
    text = str(kept().compile(dialect=DIALECTS[1]))
    assert "peers.state IN ('active', 'suspended')" in text
    assert "peers.kind = 'basic'" in text
    assert "peers.id > 7" in text
    assert "of_host" in parameters(kept())


@pytest.mark.parametrize("value", ["it's", "50%", "a\\b", "é", "line\nbreak", "?"])
def test_what_a_database_might_read_otherwise_stays_a_parameter(value: str) -> None:
    kept = lasting(lambda: select(Peer.id).where(Peer.host == value))()

    for dialect in DIALECTS:
        assert list(kept.compile(dialect=dialect).params.values()) == [value]


def test_each_form_is_built_once() -> None:
    built: list[int] = []

    @lasting_forms
    def form(number: int) -> ClauseElement:
        built.append(number)
        return select(column("a")).where(column("a") == number)

    assert form(1) is form(1)
    assert str(form(2)).endswith("a = 2")
    assert built == [1, 2]


@pytest.mark.parametrize("statement", [feeds._home_statement, posts._of_ids])
def test_the_gate_gives_no_constants_to_the_driver(statement: Callable[..., ClauseElement]) -> None:
    form = (ViewerKind.PERSON, PAGE) if statement is feeds._home_statement else (ViewerKind.PERSON,)

    assert parameters(statement(*form)) <= {"viewer_id", "taste_at", "feed_id", "page_upper", "ids", "param_1"}


def kept_statements() -> Iterator[tuple[str, ClauseElement]]:
    """Everything that `lasting` makes in the modules of this package, by its name."""
    for found in walk_packages(models.__path__, "models."):
        module = import_module(found.name) if ".migrations" not in found.name else None
        for name, value in vars(module).items() if module else ():
            if getattr(getattr(value, "__wrapped__", None), "__qualname__", "").startswith("lasting."):
                made = value()
                for one in made if isinstance(made, list | tuple) else [made]:
                    yield f"{found.name}.{name}", one


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_every_kept_statement_says_the_same_on_each_database() -> None:
    """None has lost what it is joined to: with that each row would be paired with each."""
    found = dict(kept_statements())

    assert len(found) > 50
    for name, statement in found.items():
        if isinstance(statement, ClauseElement) and not isinstance(statement, FromClause):
            for dialect in DIALECTS:
                assert str(statement.compile(dialect=dialect, linting=FROM_LINTING)), name
