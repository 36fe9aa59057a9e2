"""Reports in notifications, and the answers of polls in what is searched.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("notifications") as batch:
        batch.add_column(sa.Column("report_id", INTEGER, nullable=True))
        batch.create_foreign_key(
            batch.f("fk_notifications_report_id"), "reports", ["report_id"], ["id"], ondelete="CASCADE"
        )
    there_is_one = sa.text("report_id IS NOT NULL")
    op.create_index(
        "ix_notifications_report_id",
        "notifications",
        ["report_id"],
        sqlite_where=there_is_one,
        postgresql_where=there_is_one,
    )
    # Made anew in the background, with the answers of their polls.
    op.execute("UPDATE posts SET words = NULL WHERE kind = 'Question' AND deleted_at IS NULL AND words IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_notifications_report_id", "notifications")
    with op.batch_alter_table("notifications") as batch:
        batch.drop_constraint(batch.f("fk_notifications_report_id"), type_="foreignkey")
        batch.drop_column("report_id")
