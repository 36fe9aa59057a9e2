"""When a community became open.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("communities", sa.Column("opened_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("communities", "opened_at")
