"""Discreet questions, and what waits to be said discreetly.

Revision 0065, after 0064. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "communities", sa.Column("allows_discreet", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "discreet_questions",
        sa.Column("thread_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("community_id", INTEGER, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=True),
        sa.Column("author", sa.LargeBinary(), nullable=True),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("stopped_until", INSTANT, nullable=True),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("opened_why", sa.String(length=20), nullable=True),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.actor_id"],
            name=op.f("fk_discreet_questions_community_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["posts.id"], name=op.f("fk_discreet_questions_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_discreet_questions")),
    )
    op.create_index("ix_discreet_questions_mark", "discreet_questions", ["mark", "thread_id"])
    op.create_index("ix_discreet_questions_community_id", "discreet_questions", ["community_id"])
    op.create_index("ix_discreet_questions_asked_at", "discreet_questions", ["asked_at"])
    op.create_table(
        "discreet_drafts",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discreet_drafts")),
    )
    op.create_index("ix_discreet_drafts_mark", "discreet_drafts", ["mark"])
    op.create_index("ix_discreet_drafts_due_at", "discreet_drafts", ["due_at"])


def downgrade() -> None:
    op.drop_table("discreet_drafts")
    op.drop_table("discreet_questions")
    op.drop_column("communities", "allows_discreet")
