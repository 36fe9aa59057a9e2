"""Invitations to communities.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("invited_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.actor_id"], name=op.f("fk_invitations_community_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_invitations_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("community_id", "actor_id", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_actor_id"), "invitations", ["actor_id"])


def downgrade() -> None:
    op.drop_table("invitations")
