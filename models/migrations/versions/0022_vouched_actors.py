"""People who are known by a partner's word alone.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("actors", sa.Column("vouched_by", sa.String(length=255), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("actors") as actors:
        actors.drop_column("vouched_by")
