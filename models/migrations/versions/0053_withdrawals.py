"""Whom administrators withdrew from a partner's community, until they let them in again.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_withdrawals_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.actor_id"],
            name=op.f("fk_withdrawals_community_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("community_id", "actor_id", name=op.f("pk_withdrawals")),
    )
    op.create_index(op.f("ix_withdrawals_actor_id"), "withdrawals", ["actor_id"])


def downgrade() -> None:
    op.drop_table("withdrawals")
