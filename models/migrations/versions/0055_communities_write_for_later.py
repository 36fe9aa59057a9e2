"""Posts that communities write for later, and who wrote each in their name.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("scheduled_posts") as batch:
        batch.add_column(sa.Column("by_id", _INTEGER, nullable=True))
        batch.create_foreign_key(batch.f("fk_scheduled_posts_by_id"), "actors", ["by_id"], ["id"], ondelete="CASCADE")
    there_is_one = sa.text("by_id IS NOT NULL")
    op.create_index(
        "ix_scheduled_posts_by_id",
        "scheduled_posts",
        ["by_id"],
        sqlite_where=there_is_one,
        postgresql_where=there_is_one,
    )


def downgrade() -> None:
    op.drop_index("ix_scheduled_posts_by_id", table_name="scheduled_posts")
    with op.batch_alter_table("scheduled_posts") as batch:
        batch.drop_constraint(batch.f("fk_scheduled_posts_by_id"), type_="foreignkey")
        batch.drop_column("by_id")
