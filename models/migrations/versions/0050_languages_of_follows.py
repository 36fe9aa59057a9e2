"""In which languages somebody reads whom they follow.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_TABLES = ("follows", "former_follows")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("languages", sa.String(161), nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "languages")
