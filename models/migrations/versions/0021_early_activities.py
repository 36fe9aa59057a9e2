"""Activities that speak of a post which is not here wait for it.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_IS_EARLY = sa.text("waits_for IS NOT NULL")


def upgrade() -> None:
    op.add_column("inbox_activities", sa.Column("waits_for", sa.String(length=2048), nullable=True))
    op.create_index(
        "ix_inbox_activities_early",
        "inbox_activities",
        ["waits_for"],
        postgresql_where=_IS_EARLY,
        sqlite_where=_IS_EARLY,
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_activities_early", "inbox_activities")
    with op.batch_alter_table("inbox_activities") as table:
        table.drop_column("waits_for")
