"""Conversations, posts that are published later, posts on top of profiles.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("thread_id", INTEGER, nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("people_key", sa.String(length=64), nullable=False),
        sa.Column("last_post_id", INTEGER, nullable=False),
        sa.Column("is_unread", sa.Boolean(), nullable=False),
        _reference("conversations", "actor_id", "actors.id"),
        _reference("conversations", "last_post_id", "posts.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "actor_id", "thread_id", "people_key", name=op.f("uq_conversations_actor_id_thread_id_people_key")
        ),
    )
    op.create_index("ix_conversations_actor", "conversations", ["actor_id", "last_post_id"])
    op.create_index(op.f("ix_conversations_last_post_id"), "conversations", ["last_post_id"])
    op.create_table(
        "conversation_posts",
        sa.Column("conversation_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("post_id", INTEGER, autoincrement=False, nullable=False),
        _reference("conversation_posts", "conversation_id", "conversations.id"),
        _reference("conversation_posts", "post_id", "posts.id"),
        sa.PrimaryKeyConstraint("conversation_id", "post_id", name=op.f("pk_conversation_posts")),
    )
    op.create_index(op.f("ix_conversation_posts_post_id"), "conversation_posts", ["post_id"])
    op.create_table(
        "scheduled_posts",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _reference("scheduled_posts", "actor_id", "actors.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_posts")),
    )
    op.create_index("ix_scheduled_posts_actor", "scheduled_posts", ["actor_id", "id"])
    op.create_index("ix_scheduled_posts_due_at", "scheduled_posts", ["due_at"])
    op.create_index(
        "uq_scheduled_posts_idempotency", "scheduled_posts", ["actor_id", "idempotency_key"], unique=True
    )
    op.create_table(
        "profile_pins",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("post_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("pinned_at", INSTANT, nullable=False),
        _reference("profile_pins", "actor_id", "actors.id"),
        _reference("profile_pins", "post_id", "posts.id"),
        sa.PrimaryKeyConstraint("actor_id", "post_id", name=op.f("pk_profile_pins")),
    )
    op.create_index(op.f("ix_profile_pins_post_id"), "profile_pins", ["post_id"])


def downgrade() -> None:
    op.drop_table("profile_pins")
    op.drop_table("scheduled_posts")
    op.drop_table("conversation_posts")
    op.drop_table("conversations")
