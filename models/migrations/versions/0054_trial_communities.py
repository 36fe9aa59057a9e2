"""Trial communities. Those that there were are official: they have no row here.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "trials",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("warned_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("asked_by_id", INTEGER, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("refusal", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.actor_id"], name=op.f("fk_trials_community_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["actors.id"], name=op.f("fk_trials_asked_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_trials")),
    )
    for name in ("asked_by_id", "ends_at"):
        op.create_index(op.f(f"ix_trials_{name}"), "trials", [name])
    waits = sa.text("due_at IS NOT NULL")
    op.create_index("ix_trials_waiting", "trials", ["due_at"], sqlite_where=waits, postgresql_where=waits)


def downgrade() -> None:
    op.drop_table("trials")
