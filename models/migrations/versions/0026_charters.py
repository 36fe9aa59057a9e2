"""Charters of communities.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("communities", sa.Column("charter", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("communities", "charter")
