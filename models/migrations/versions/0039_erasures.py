"""Erasures, and the requests to partners that are part of them.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("person_id", INTEGER, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("person_id", name=op.f("uq_erasures_person_id")),
    )
    op.add_column("retractions", sa.Column("erasure_id", INTEGER, nullable=True))
    op.create_index(
        "ix_retractions_erasure",
        "retractions",
        ["erasure_id"],
        sqlite_where=sa.text("erasure_id IS NOT NULL"),
        postgresql_where=sa.text("erasure_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_retractions_erasure", "retractions")
    op.drop_column("retractions", "erasure_id")
    op.drop_table("erasures")
