"""Filters: words and posts that somebody wants to be warned of, or not to see.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "filters",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("contexts", sa.JSON(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_filters_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filters")),
    )
    op.create_index("ix_filters_actor", "filters", ["actor_id", "id"])
    op.create_table(
        "filter_keywords",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("filter_id", INTEGER, nullable=False),
        sa.Column("keyword", sa.String(length=512), nullable=False),
        sa.Column("whole_word", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name=op.f("fk_filter_keywords_filter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_keywords")),
    )
    op.create_index(op.f("ix_filter_keywords_filter_id"), "filter_keywords", ["filter_id"])
    op.create_table(
        "filter_posts",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("filter_id", INTEGER, nullable=False),
        sa.Column("post_id", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name=op.f("fk_filter_posts_filter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_filter_posts_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_posts")),
        sa.UniqueConstraint("filter_id", "post_id", name=op.f("uq_filter_posts_filter_id_post_id")),
    )
    op.create_index(op.f("ix_filter_posts_post_id"), "filter_posts", ["post_id"])


def downgrade() -> None:
    for table in ("filter_posts", "filter_keywords", "filters"):
        op.drop_table(table)
