"""Hashtags that people follow, and those they show on their profile.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("followed_tags", "featured_tags"):
        op.create_table(
            table,
            sa.Column("id", INTEGER, autoincrement=False, nullable=False),
            sa.Column("actor_id", INTEGER, nullable=False),
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("feed_id", INTEGER, nullable=False),
            sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f(f"fk_{table}_actor_id"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("actor_id", "name", name=op.f(f"uq_{table}_actor_id_name")),
        )
        op.create_index(f"ix_{table}_actor", table, ["actor_id", "id"])
    op.create_index(op.f("ix_followed_tags_feed_id"), "followed_tags", ["feed_id"])


def downgrade() -> None:
    op.drop_table("featured_tags")
    op.drop_table("followed_tags")
