"""Texts by which one key of our people and communities vouches for the next one.

Revision 0061, after 0060. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "actor_key_successions",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_actor_key_successions_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor_key_successions")),
    )
    op.create_index(op.f("ix_actor_key_successions_actor_id"), "actor_key_successions", ["actor_id"])


def downgrade() -> None:
    op.drop_table("actor_key_successions")
