"""How much communities helped their members, by the month.

Revision 0067, after 0066. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pulse_marks",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("mark", INTEGER, autoincrement=False, nullable=False),
        sa.Column("answers", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.actor_id"], name=op.f("fk_pulse_marks_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", "month", "mark", name=op.f("pk_pulse_marks")),
    )
    op.create_table(
        "pulse_tokens",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_pulse_tokens")),
    )
    op.create_index("ix_pulse_tokens_month", "pulse_tokens", ["month"])


def downgrade() -> None:
    op.drop_table("pulse_tokens")
    op.drop_table("pulse_marks")
