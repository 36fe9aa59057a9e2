"""What the terms of an agreement say of history, of keeping copies and of calling them back.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agreements", sa.Column("opens_history", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name in ("retention_months", "retraction_hours"):
        op.add_column("agreements", sa.Column(name, sa.Integer(), server_default="24", nullable=False))
    _fill()


def _fill() -> None:
    """From the signed documents: few, since each was signed by people."""
    agreements = sa.table(
        "agreements",
        sa.column("id", sa.BigInteger()),
        sa.column("document", sa.LargeBinary()),
        sa.column("opens_history", sa.Boolean()),
        sa.column("retention_months", sa.Integer()),
        sa.column("retraction_hours", sa.Integer()),
    )
    connection = op.get_bind()
    for number, document in connection.execute(sa.select(agreements.c.id, agreements.c.document)).all():
        # Written by us, without blanks between names and values; quotes within texts are escaped.
        said = document.decode()
        connection.execute(
            sa.update(agreements)
            .where(agreements.c.id == number)
            .values(
                opens_history='"history":true' in said,
                retention_months=_number(said, "retentionMonths"),
                retraction_hours=_number(said, "retractionHours"),
            )
        )


def _number(said: str, name: str) -> int:
    digits = said.partition(f'"{name}":')[2].partition(",")[0].rstrip("}")
    return int(digits) if digits.isdecimal() else 24


def downgrade() -> None:
    for name in ("retraction_hours", "retention_months", "opens_history"):
        op.drop_column("agreements", name)
