"""Two indexes of posts leave out what has nothing to be found by: each post was written into both for nothing.

Revision 0069, after 0068. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_posts_parent_uri", ["parent_uri"], False, sa.text("parent_uri IS NOT NULL")),
    ("uq_posts_idempotency", ["author_id", "idempotency_key"], True, sa.text("idempotency_key IS NOT NULL")),
)


def upgrade() -> None:
    for name, columns, is_unique, where in _INDEXES:
        op.drop_index(name, table_name="posts")
        op.create_index(name, "posts", columns, unique=is_unique, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, columns, is_unique, _ in _INDEXES:
        op.drop_index(name, table_name="posts")
        op.create_index(name, "posts", columns, unique=is_unique)
