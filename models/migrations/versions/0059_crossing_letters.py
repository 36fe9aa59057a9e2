"""Which Suspend of ours a Resume has to have seen; versions of an exchange that is over are over, all of them.

Revision 0059, after 0058. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("peers", sa.Column("last_suspend", INTEGER, server_default=sa.text("0"), nullable=False))
    op.execute(
        "UPDATE agreements SET state = 'over' WHERE state = 'replaced' AND (peer_id IN "
        "(SELECT id FROM peers WHERE state = 'ended') OR EXISTS (SELECT 1 FROM agreements AS later "
        "WHERE later.peer_id = agreements.peer_id AND later.state = 'over' AND later.id > agreements.id))"
    )


def downgrade() -> None:
    op.drop_column("peers", "last_suspend")
