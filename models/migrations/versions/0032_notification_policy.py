"""The policy of notifications, and whom people let through.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")


def upgrade() -> None:
    op.create_table(
        "notification_policies",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        *(sa.Column(f"for_{kind}", sa.String(length=10), nullable=False) for kind in KINDS),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_notification_policies_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_notification_policies")),
    )
    op.create_table(
        "let_through",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("sender_id", INTEGER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_let_through_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["actors.id"], name=op.f("fk_let_through_sender_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "sender_id", name=op.f("pk_let_through")),
    )
    op.create_index(op.f("ix_let_through_sender_id"), "let_through", ["sender_id"])


def downgrade() -> None:
    op.drop_table("let_through")
    op.drop_table("notification_policies")
