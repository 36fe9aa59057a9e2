"""A removal knows whether it took out an accepted answer; a question whose accepted answer was taken out has none.

Revision 0060, after 0059. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("removals", sa.Column("accepted_at", INSTANT, nullable=True))
    op.execute(
        "UPDATE removals SET accepted_at = (SELECT question.accepted_at FROM posts AS question "
        "WHERE question.answer_id = removals.post_id AND question.id = "
        "(SELECT answer.thread_id FROM posts AS answer WHERE answer.id = removals.post_id))"
    )
    op.execute(
        "UPDATE posts SET answer_id = NULL, accepted_at = NULL "
        "WHERE answer_id IS NOT NULL AND answer_id IN (SELECT post_id FROM removals)"
    )


def downgrade() -> None:
    op.drop_column("removals", "accepted_at")
