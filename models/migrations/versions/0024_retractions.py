"""What was called back, with receipts, and what partners called back here.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("peer_id", INTEGER, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_receipts_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_peer_id"), "receipts", ["peer_id"])
    op.create_table(
        "retractions",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("peer_id", INTEGER, nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("object_uri", sa.String(length=2048), nullable=False),
        sa.Column("post_id", INTEGER, nullable=True),
        sa.Column("community_id", INTEGER, nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("escalated_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("removed", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("receipt_id", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_retractions_peer_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name=op.f("fk_retractions_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retractions")),
    )
    op.create_index("ix_retractions_peer", "retractions", ["peer_id", "id"])
    op.create_index(
        "ix_retractions_due",
        "retractions",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "heard_retractions",
        sa.Column("peer_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("request_uri", sa.String(length=2048), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("object_uri", sa.String(length=2048), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_heard_retractions_peer_id")),
        sa.PrimaryKeyConstraint("peer_id", "request_uri", name=op.f("pk_heard_retractions")),
    )


def downgrade() -> None:
    op.drop_table("heard_retractions")
    op.drop_table("retractions")
    op.drop_table("receipts")
