"""Mail that is owed to people.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=True),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("letter", sa.LargeBinary(), nullable=True),
        sa.Column("once_key", sa.String(length=200), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_mails_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("once_key", name=op.f("uq_mails_once_key")),
    )
    op.create_index(op.f("ix_mails_actor_id"), "mails", ["actor_id"])
    op.create_index("ix_mails_next_attempt_at", "mails", ["next_attempt_at"])


def downgrade() -> None:
    op.drop_table("mails")
