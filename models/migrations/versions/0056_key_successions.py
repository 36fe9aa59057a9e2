"""Servers whose key was followed by another, as the one before signed it: partners', and our own.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "key_successions",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("peer_id", INTEGER, nullable=True),
        sa.Column("previous", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_key_successions_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_successions")),
    )
    op.create_index(op.f("ix_key_successions_peer_id"), "key_successions", ["peer_id"])


def downgrade() -> None:
    op.drop_table("key_successions")
