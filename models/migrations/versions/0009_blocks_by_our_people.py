"""By what the list of somebody's blocks is paged.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("personal_blocks", sa.Column("number", INTEGER, nullable=True))
    op.create_index("ix_personal_blocks_actor", "personal_blocks", ["actor_id", "number"])


def downgrade() -> None:
    op.drop_index("ix_personal_blocks_actor", table_name="personal_blocks")
    with op.batch_alter_table("personal_blocks") as blocks:
        blocks.drop_column("number")
