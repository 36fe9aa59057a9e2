"""Firms for the tests of commands."""

from pathlib import Path

import pytest

from tests.support.commands import Firm


@pytest.fixture
def new_firm(tmp_path: Path, empty_database_url: str) -> Firm:
    """A firm before its first `migrate`, on SQLite and on PostgreSQL."""
    return Firm(tmp_path, settings={"DATABASE_URL": empty_database_url})


@pytest.fixture
def firm(tmp_path: Path, database_url: str) -> Firm:
    """A firm that is set up, on SQLite and on PostgreSQL."""
    # The schema is a copy; this makes the rest.
    firm = Firm(tmp_path, settings={"DATABASE_URL": database_url})
    firm.ask("migrate")
    return firm


@pytest.fixture
def sqlite_firm(tmp_path: Path) -> Firm:
    """A firm that is set up, on SQLite."""
    firm = Firm(tmp_path)
    firm.ask("migrate")
    return firm
