"""Who declares a topic is found by its name.

Revision 0063, after 0062. Imports nothing of ours: it must go on working when the code has moved on.
"""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_featured_tags_name", "featured_tags", ["name", "actor_id"])


def downgrade() -> None:
    op.drop_index("ix_featured_tags_name", table_name="featured_tags")
