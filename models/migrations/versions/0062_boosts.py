"""By which Announce members whose software knows no groups have a thread, and when it was taken back.

Of threads of before it is read from what is still known of our activities.

Revision 0062, after 0061. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_UNDONE = "boost_id IS NOT NULL AND (deleted_at IS NOT NULL OR boost_undone_at IS NOT NULL)"


def upgrade() -> None:
    op.add_column("posts", sa.Column("boost_id", INTEGER, nullable=True))
    op.add_column("posts", sa.Column("boost_undone_at", INSTANT, nullable=True))
    op.execute(
        "UPDATE posts SET boost_id = (SELECT max(activities.id) FROM activities"
        " WHERE activities.post_id = posts.shared_post_id AND activities.actor_id = posts.author_id"
        " AND activities.type = 'Announce' AND activities.has_content AND NOT activities.in_outbox)"
        " WHERE shared_post_id IS NOT NULL AND peer_id IS NULL AND deleted_at IS NULL"
    )
    op.create_index(
        "ix_posts_boosts_undone",
        "posts",
        ["author_id", "id"],
        sqlite_where=sa.text(_UNDONE),
        postgresql_where=sa.text(_UNDONE),
    )


def downgrade() -> None:
    op.drop_index("ix_posts_boosts_undone", table_name="posts")
    op.drop_column("posts", "boost_undone_at")
    op.drop_column("posts", "boost_id")
