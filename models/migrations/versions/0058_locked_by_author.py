"""Whether a thread was closed by its author: until now the moderation log alone said so, which forgets after years.

Of locks older than what the log still has nobody knows whose they are: those who lead the community open them.

Revision 0058, after 0057. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("locked_by_author", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE posts SET locked_by_author = true"
        " WHERE locked_at >= (SELECT min(at) FROM moderation_log) AND NOT coalesce("
        "(SELECT act = 'locked' FROM moderation_log WHERE moderation_log.post_id = posts.id"
        " AND act IN ('locked', 'unlocked') ORDER BY moderation_log.id DESC LIMIT 1), false)"
    )


def downgrade() -> None:
    op.drop_column("posts", "locked_by_author")
