"""Which peers have copies of a community of ours where nobody of theirs is a member any more.

Revision 0076, after 0075. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "former_readers",
        sa.Column("community_id", _ID, autoincrement=False, nullable=False),
        sa.Column("peer_id", _ID, autoincrement=False, nullable=False),
        sa.Column("left_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["actors.id"], name="fk_former_readers_community_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name="fk_former_readers_peer_id"),
        sa.PrimaryKeyConstraint("community_id", "peer_id", name="pk_former_readers"),
    )


def downgrade() -> None:
    op.drop_table("former_readers")
