"""Languages of communities.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("communities", sa.Column("language", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("communities", "language")
