"""Reading partners' communities again after an absence, follower digests, contexts of threads, requests sent again.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "catch_ups",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("page_url", sa.String(length=2048), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["actors.id"], name=op.f("fk_catch_ups_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_catch_ups")),
    )
    op.create_index(op.f("ix_catch_ups_due_at"), "catch_ups", ["due_at"])
    op.create_table(
        "caught_up",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("community_id", INTEGER, nullable=False),
        sa.Column("activity_uri", sa.String(length=2048), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["catch_ups.community_id"],
            name=op.f("fk_caught_up_community_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caught_up")),
    )
    op.create_index(op.f("ix_caught_up_community_id"), "caught_up", ["community_id"])
    op.add_column("activities", sa.Column("to_followers", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("actors", sa.Column("featured_url", sa.String(length=2048), nullable=True))
    op.add_column("follows", sa.Column("repeats", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_follows_waiting",
        "follows",
        ["requested_at"],
        sqlite_where=sa.text("is_accepted = 0"),
        postgresql_where=sa.text("NOT is_accepted"),
    )
    op.add_column("posts", sa.Column("context_uri", sa.String(length=2048), nullable=True))


def downgrade() -> None:
    op.drop_column("posts", "context_uri")
    op.drop_index("ix_follows_waiting", table_name="follows")
    op.drop_column("follows", "repeats")
    op.drop_column("actors", "featured_url")
    op.drop_column("activities", "to_followers")
    op.drop_table("caught_up")
    op.drop_table("catch_ups")
