"""An index for received activities that were not applied, which operators look at.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SET_ASIDE = sa.text("state IN ('rejected', 'failed')")


def upgrade() -> None:
    op.create_index(
        "ix_inbox_activities_set_aside",
        "inbox_activities",
        ["peer_id", "id"],
        postgresql_where=SET_ASIDE,
        sqlite_where=SET_ASIDE,
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_activities_set_aside", table_name="inbox_activities")
