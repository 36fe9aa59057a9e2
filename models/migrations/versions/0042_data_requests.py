"""what people ask about their own data

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "data_requests",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("person_id", INTEGER, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("by_id", INTEGER, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by_id", INTEGER, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("held", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_data_requests_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["actors.id"], name=op.f("fk_data_requests_decided_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["actors.id"], name=op.f("fk_data_requests_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
    )
    op.create_index(op.f("ix_data_requests_person_id"), "data_requests", ["person_id"])
    op.create_index("ix_data_requests_state", "data_requests", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("data_requests")
