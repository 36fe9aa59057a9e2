"""Which communities' hosts are still to be told that a partner's people may come into them.

Revision 0072, after 0071. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sharing_notices",
        sa.Column("community_id", _ID, autoincrement=False, nullable=False),
        sa.Column("peer_id", _ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.actor_id"], name="fk_sharing_notices_community_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name="fk_sharing_notices_peer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("community_id", "peer_id", name="pk_sharing_notices"),
    )
    op.create_index("ix_sharing_notices_peer_id", "sharing_notices", ["peer_id"])


def downgrade() -> None:
    op.drop_table("sharing_notices")
