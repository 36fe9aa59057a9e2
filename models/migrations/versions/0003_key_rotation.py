"""Rotation of our own keys, changes of partners' keys, and which of them take Ed25519.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("actor_keys", sa.Column("previous_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("actor_keys", sa.Column("announced_by", INTEGER, nullable=True))
    op.add_column("actors", sa.Column("keys_changed_at", INSTANT, nullable=True))
    op.add_column("peers", sa.Column("signature_algorithm", sa.String(length=20), nullable=True))
    op.add_column("peers", sa.Column("keys_confirmed_at", INSTANT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("peers") as peers:
        peers.drop_column("keys_confirmed_at")
        peers.drop_column("signature_algorithm")
    with op.batch_alter_table("actors") as actors:
        actors.drop_column("keys_changed_at")
    with op.batch_alter_table("actor_keys") as keys:
        keys.drop_column("announced_by")
        keys.drop_column("previous_sealed")
