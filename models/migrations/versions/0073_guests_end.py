"""When the account of a guest ends; null: of everybody else.

Revision 0073, after 0072. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_ENDS = "ends_at IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_at", _MOMENT, nullable=True))
    op.create_index(
        "ix_accounts_ends_at", "accounts", ["ends_at"], sqlite_where=sa.text(_ENDS), postgresql_where=sa.text(_ENDS)
    )


def downgrade() -> None:
    op.drop_index("ix_accounts_ends_at", "accounts")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("ends_at")
