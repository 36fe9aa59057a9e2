"""Since when the exchange with a partner rests.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("peers", sa.Column("suspended_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("peers", "suspended_at")
