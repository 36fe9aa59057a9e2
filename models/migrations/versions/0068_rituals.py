"""When communities meet.

Revision 0068, after 0067. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rituals",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("community_id", INTEGER, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("begins_at", INSTANT, nullable=False),
        sa.Column("every_weeks", INTEGER, nullable=False),
        sa.Column("off", sa.JSON(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.actor_id"], name=op.f("fk_rituals_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rituals")),
    )
    op.create_index("ix_rituals_community_id", "rituals", ["community_id"])


def downgrade() -> None:
    op.drop_table("rituals")
