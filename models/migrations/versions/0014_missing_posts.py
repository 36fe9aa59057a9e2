"""Posts that replies answer and that never arrived, lists of threads to look through, threads by their context.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "missing_posts",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("community_id", INTEGER, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("parent_uri", sa.String(length=2048), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["actors.id"], name=op.f("fk_missing_posts_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missing_posts")),
        sa.UniqueConstraint("community_id", "uri", name=op.f("uq_missing_posts_community_id_uri")),
    )
    op.create_index(op.f("ix_missing_posts_due_at"), "missing_posts", ["due_at"])
    op.create_index("ix_missing_posts_parent", "missing_posts", ["community_id", "parent_uri"])
    op.create_table(
        "thread_lists",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("community_id", INTEGER, nullable=False),
        sa.Column("address", sa.String(length=2048), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["actors.id"], name=op.f("fk_thread_lists_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_lists")),
        sa.UniqueConstraint("community_id", "address", name=op.f("uq_thread_lists_community_id_address")),
    )
    op.create_index(op.f("ix_thread_lists_due_at"), "thread_lists", ["due_at"])
    op.create_index(
        "ix_posts_context",
        "posts",
        ["context_uri"],
        sqlite_where=sa.text("context_uri IS NOT NULL"),
        postgresql_where=sa.text("context_uri IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_posts_context", table_name="posts")
    op.drop_table("thread_lists")
    op.drop_table("missing_posts")
