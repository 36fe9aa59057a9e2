"""add peers.ended_at

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("peers", sa.Column("ended_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("peers", "ended_at")
