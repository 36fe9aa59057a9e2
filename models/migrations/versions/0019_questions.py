"""Threads that are questions, and the answers that were accepted.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("posts", sa.Column("is_question", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("posts", sa.Column("answer_id", INTEGER, nullable=True))
    op.execute(
        "UPDATE posts SET is_question = true"
        " WHERE community_id IS NOT NULL AND parent_uri IS NULL AND shared_post_id IS NULL AND title LIKE '%?'"
    )
    # A host's queue: what was asked in a community and has no accepted answer.
    op.create_index(
        "ix_posts_open_questions",
        "posts",
        ["community_id", "id"],
        sqlite_where=sa.text("is_question AND answer_id IS NULL"),
        postgresql_where=sa.text("is_question AND answer_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_posts_open_questions", table_name="posts")
    op.drop_column("posts", "answer_id")
    op.drop_column("posts", "is_question")
