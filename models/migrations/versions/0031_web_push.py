"""Web Push: subscriptions of apps, and what is owed to them.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("token_id", INTEGER, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("endpoint", sa.String(length=2048), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("auth_secret", sa.LargeBinary(), nullable=False),
        sa.Column("is_standard", sa.Boolean(), nullable=False),
        sa.Column("alerts", sa.JSON(), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=False),
        sa.Column("failures", INTEGER, nullable=False),
        sa.Column("retry_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _reference("push_subscriptions", "token_id", "oauth_tokens.id"),
        _reference("push_subscriptions", "actor_id", "actors.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("token_id", name=op.f("uq_push_subscriptions_token_id")),
    )
    op.create_index(op.f("ix_push_subscriptions_actor_id"), "push_subscriptions", ["actor_id"])
    op.create_table(
        "push_messages",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("subscription_id", INTEGER, nullable=False),
        sa.Column("notification_id", INTEGER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        _reference("push_messages", "subscription_id", "push_subscriptions.id"),
        _reference("push_messages", "notification_id", "notifications.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_messages")),
        sa.UniqueConstraint(
            "subscription_id", "notification_id", name=op.f("uq_push_messages_subscription_id_notification_id")
        ),
    )
    op.create_index("ix_push_messages_created_at", "push_messages", ["created_at"])
    op.create_index(op.f("ix_push_messages_notification_id"), "push_messages", ["notification_id"])
    op.add_column(
        "notifications", sa.Column("owes_push", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_notifications_owes_push",
        "notifications",
        ["id"],
        sqlite_where=sa.text("owes_push"),
        postgresql_where=sa.text("owes_push"),
    )


def downgrade() -> None:
    op.drop_index("ix_notifications_owes_push", table_name="notifications")
    op.drop_column("notifications", "owes_push")
    op.drop_table("push_messages")
    op.drop_table("push_subscriptions")
