"""What alembic runs: `models/migrate.py` hands it a connection; at the shell it opens `-x url=...` itself.

Everything from the first statement to the last is one transaction on both databases, so that a migration that is killed
leaves the schema as it was (threats T224).
"""

import asyncio
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from models.base import Sealed, UtcDateTime
from models.migrate import is_compared, with_connection
from models.tables import metadata


def render_plain(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write our column types as SQLAlchemy's own: migrations import nothing of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')"
    if kind == "type" and isinstance(item, Sealed):
        return "sa.LargeBinary()"
    return False


def run(connection: sa.Connection) -> None:
    """Migrate, or compare, on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_plain,
        include_object=is_compared,
        # SQLite cannot alter most things in place: alembic copies the table.
        render_as_batch=True,
        transactional_ddl=True,
    )
    context.run_migrations()


given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(with_connection(context.get_x_argument(as_dictionary=True)["url"], run))
