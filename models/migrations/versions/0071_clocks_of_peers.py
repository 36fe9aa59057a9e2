"""What the clock of a peer showed at its last answer, beside ours: shown to administrators.

Revision 0071, after 0070. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("delivery_queues", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clock_ahead", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("delivery_queues", schema=None) as batch_op:
        batch_op.drop_column("clock_ahead")
