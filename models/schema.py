"""Which revision the schema must have for this code, and which one a database has; `migrate.py` is the way there."""

from pathlib import Path

from sqlalchemy import column, select, table

from models.engine import ReadTx

MIGRATIONS = Path(__file__).parent / "migrations"

_VERSION = table("alembic_version", column("version_num"))
_CATALOGUES = {
    "sqlite": (table("sqlite_master", column("name")), "name"),
    "postgresql": (table("pg_tables", column("tablename")), "tablename"),
}


def revisions() -> set[str]:
    """Every revision that this code knows: the numbers of the files in `migrations/versions`."""
    return {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")}


def head() -> str:
    """The revision that this code needs."""
    return max(revisions())


async def revision(tx: ReadTx) -> str | None:
    """The revision of the database; None where it was never migrated."""
    catalogue, name = _CATALOGUES[tx.dialect]
    if await tx.scalar(select(catalogue.c[name]).where(catalogue.c[name] == _VERSION.name)) is None:
        return None
    found: str | None = await tx.scalar(select(_VERSION.c.version_num))
    return found
