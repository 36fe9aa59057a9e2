"""What members whose software knows no groups are still to be told of: found without all that they were told before.

Revision 0070, after 0069. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_UNDONE = "boost_id IS NOT NULL AND (deleted_at IS NOT NULL OR boost_undone_at IS NOT NULL)"
_TO_SETTLE = "boost_id IS NOT NULL AND (deleted_at IS NOT NULL) != (boost_undone_at IS NOT NULL)"


def upgrade() -> None:
    op.drop_index("ix_posts_boosts_undone", table_name="posts")
    _create("ix_posts_boosts_to_settle", _TO_SETTLE)


def downgrade() -> None:
    op.drop_index("ix_posts_boosts_to_settle", table_name="posts")
    _create("ix_posts_boosts_undone", _UNDONE)


def _create(name: str, where: str) -> None:
    op.create_index(
        name, "posts", ["author_id", "id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
