"""When people are left in peace, and how much was pushed to them on a day.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rests",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("keeps", sa.String(length=10), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("begins", sa.String(length=5), nullable=True),
        sa.Column("ends", sa.String(length=5), nullable=True),
        sa.Column("working_days", sa.JSON(), nullable=False),
        sa.Column("away_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_rests_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_rests")),
    )
    op.create_table(
        "push_days",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("notification_ids", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_push_days_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_push_days")),
    )


def downgrade() -> None:
    op.drop_table("push_days")
    op.drop_table("rests")
