"""Digests by mail: how often somebody gets them and when the next is due, and what was one push too many.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_SCHEDULED = "digest_due_at IS NOT NULL AND suspended_at IS NULL"
_UNSCHEDULED = "digest_due_at IS NULL AND digest_pace <> 'none' AND suspended_at IS NULL"
_INDEXES = (
    ("ix_accounts_digest_due_at", "accounts", ["digest_due_at"], _SCHEDULED),
    ("ix_accounts_digest_unscheduled", "accounts", ["actor_id"], _UNSCHEDULED),
    ("ix_notifications_held_back", "notifications", ["recipient_id"], "is_held_back"),
    ("ix_posts_accepted_at", "posts", ["community_id", "accepted_at"], "accepted_at IS NOT NULL"),
    ("ix_posts_own_open_questions", "posts", ["author_id", "id"], "is_question AND answer_id IS NULL"),
)


def upgrade() -> None:
    instant = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
    op.add_column("accounts", sa.Column("digest_pace", sa.String(10), server_default="weekly", nullable=False))
    op.add_column("accounts", sa.Column("digest_due_at", instant, nullable=True))
    op.add_column("accounts", sa.Column("digest_since", instant, nullable=True))
    op.add_column("notifications", sa.Column("is_held_back", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_column("notifications", "is_held_back")
    for column in ("digest_since", "digest_due_at", "digest_pace"):
        op.drop_column("accounts", column)
