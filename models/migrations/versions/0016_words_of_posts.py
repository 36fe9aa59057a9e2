"""What search looks through: the words of posts, and an index over them.

Imports nothing of ours: it must go on working when the code has moved on.
Words of posts that are here already are made by the running server, the newest first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SQLITE = (
    """CREATE VIRTUAL TABLE post_search USING fts5(
        words, content='posts', content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER post_search_added AFTER INSERT ON posts WHEN new.words <> '' BEGIN
        INSERT INTO post_search (rowid, words) VALUES (new.id, new.words); END""",
    """CREATE TRIGGER post_search_changed AFTER UPDATE OF words ON posts WHEN old.words IS NOT new.words BEGIN
        INSERT INTO post_search (post_search, rowid, words)
            SELECT 'delete', old.id, old.words WHERE old.words <> '';
        INSERT INTO post_search (rowid, words) SELECT new.id, new.words WHERE new.words <> ''; END""",
    """CREATE TRIGGER post_search_removed AFTER DELETE ON posts WHEN old.words <> '' BEGIN
        INSERT INTO post_search (post_search, rowid, words) VALUES ('delete', old.id, old.words); END""",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("posts", sa.Column("words", sa.Text() if is_sqlite else postgresql.TSVECTOR(), nullable=True))
    op.execute("UPDATE posts SET words = '' WHERE shared_post_id IS NOT NULL OR deleted_at IS NOT NULL")
    op.create_index(
        "ix_posts_without_words",
        "posts",
        ["id"],
        sqlite_where=sa.text("words IS NULL"),
        postgresql_where=sa.text("words IS NULL"),
    )
    if is_sqlite:
        for statement in _SQLITE:
            op.execute(statement)
    else:
        op.create_index("ix_posts_words", "posts", ["words"], postgresql_using="gin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "changed", "removed"):
            op.execute(f"DROP TRIGGER post_search_{name}")
        op.execute("DROP TABLE post_search")
    else:
        op.drop_index("ix_posts_words", table_name="posts")
    op.drop_index("ix_posts_without_words", table_name="posts")
    op.drop_column("posts", "words")
