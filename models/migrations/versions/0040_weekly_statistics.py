"""The figures of communities by week, and when an answer was accepted.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "weekly_statistics",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("k", INTEGER, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.actor_id"],
            name=op.f("fk_weekly_statistics_community_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("community_id", "last_day", name=op.f("pk_weekly_statistics")),
    )
    op.add_column("posts", sa.Column("accepted_at", INSTANT))


def downgrade() -> None:
    op.drop_column("posts", "accepted_at")
    op.drop_table("weekly_statistics")
