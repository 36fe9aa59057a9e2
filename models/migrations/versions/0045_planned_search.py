"""A function by which PostgreSQL plans each search of posts anew, knowing the word.

Imports nothing of ours: it must go on working when the code has moved on.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# A prepared statement is planned for any word after its fifth use: then a rare one is looked for in every post, along
# the primary key. What a function executes as text is planned with the values: the index for rare words, the key for
# frequent ones. Few rows are foretold, so that what is joined to them is found by its key.
_FUNCTION = """
CREATE FUNCTION posts_with_words(question text, above bigint, below bigint, is_upwards boolean, most bigint)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT id FROM posts WHERE words @@ to_tsquery(''simple'', $1) AND id > $2 AND id < $3'
        || ' ORDER BY id ' || CASE WHEN is_upwards THEN 'ASC' ELSE 'DESC' END || ' LIMIT $4'
        USING question, above, below, most;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION posts_with_words")
