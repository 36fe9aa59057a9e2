"""Who was asked to help with a question.

Revision 0064, after 0063. Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "help_requests",
        sa.Column("question_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["posts.id"], name=op.f("fk_help_requests_question_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_help_requests_actor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "actor_id", name=op.f("pk_help_requests")),
    )
    op.create_index("ix_help_requests_actor", "help_requests", ["actor_id", "asked_at"])


def downgrade() -> None:
    op.drop_table("help_requests")
