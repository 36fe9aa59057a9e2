"""Files that our own people upload, and custom emojis.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("owner_id", INTEGER, nullable=True),
        sa.Column("post_id", INTEGER, nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["actors.id"], name=op.f("fk_uploads_owner_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_uploads_post_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("name", name=op.f("uq_uploads_name")),
    )
    op.create_index("ix_uploads_owner_id", "uploads", ["owner_id", "id"])
    for column in ("post_id", "due_at", "expires_at"):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_uploads_{column}", "uploads", [column], sqlite_where=given, postgresql_where=given)
    op.create_table(
        "custom_emojis",
        sa.Column("shortcode", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("shortcode", name=op.f("pk_custom_emojis")),
    )


def downgrade() -> None:
    op.drop_table("custom_emojis")
    op.drop_table("uploads")
