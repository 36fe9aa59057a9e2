"""Tokens by which a community acts, through one of those who lead it.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("oauth_codes", "oauth_tokens"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("community_id", INTEGER, nullable=True))
            batch.create_foreign_key(
                batch.f(f"fk_{table}_community_id"), "communities", ["community_id"], ["actor_id"], ondelete="CASCADE"
            )
    op.create_index(op.f("ix_oauth_tokens_community_id"), "oauth_tokens", ["community_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_oauth_tokens_community_id"), "oauth_tokens")
    for table in ("oauth_tokens", "oauth_codes"):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(batch.f(f"fk_{table}_community_id"), type_="foreignkey")
            batch.drop_column("community_id")
