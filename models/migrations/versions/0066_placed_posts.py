"""When a post came into its community by a host's hand, later than it was written.

Revision 0066, after 0065. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("posts", sa.Column("placed_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("posts", "placed_at")
