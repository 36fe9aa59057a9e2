"""What was held for legal reasons at a partner, and here for one, until it went.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_index(
        "ix_heard_retractions_held",
        "heard_retractions",
        ["peer_id"],
        sqlite_where=sa.text("outcome = 'held'"),
        postgresql_where=sa.text("outcome = 'held'"),
    )
    op.create_index("ix_kept_copies_uri", "kept_copies", ["uri"])
    with op.batch_alter_table("retractions") as table:
        table.add_column(sa.Column("held_at", INSTANT, nullable=True))
        table.add_column(sa.Column("held_receipt_id", INTEGER, nullable=True))
        table.create_foreign_key(op.f("fk_retractions_held_receipt_id"), "receipts", ["held_receipt_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("retractions") as table:
        table.drop_constraint(op.f("fk_retractions_held_receipt_id"), type_="foreignkey")
        table.drop_column("held_receipt_id")
        table.drop_column("held_at")
    op.drop_index("ix_kept_copies_uri", "kept_copies")
    op.drop_index("ix_heard_retractions_held", "heard_retractions")
