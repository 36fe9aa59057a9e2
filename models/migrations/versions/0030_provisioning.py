"""What the company's directory says of people and groups, and its tokens.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "directory_entries",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("external_id", sa.String(length=400), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("actor_id", INTEGER, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("held_at", INSTANT, nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_directory_entries_actor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_entries")),
    )
    op.create_index(op.f("ix_directory_entries_external_id"), "directory_entries", ["external_id"])
    op.create_index(op.f("ix_directory_entries_actor_id"), "directory_entries", ["actor_id"])
    op.create_index("uq_directory_entries_name", "directory_entries", ["kind", "name"], unique=True)
    op.create_table(
        "directory_members",
        sa.Column("group_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("user_id", INTEGER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["directory_entries.id"], name=op.f("fk_directory_members_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["directory_entries.id"], name=op.f("fk_directory_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_directory_members")),
    )
    op.create_index(op.f("ix_directory_members_user_id"), "directory_members", ["user_id"])
    op.create_table(
        "deactivations",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deactivations")),
    )
    op.create_table(
        "directory_tokens",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_directory_tokens_token_hash")),
    )


def downgrade() -> None:
    for table in ("directory_tokens", "deactivations", "directory_members", "directory_entries"):
        op.drop_table(table)
