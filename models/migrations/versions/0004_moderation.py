"""Moderation: bans, removals, pins, locks, moderators of partners' communities, personal blocks, reports, moves.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
URI = sa.String(length=2048)


def _to(column: str, target: str, table: str, *, on_delete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=on_delete)


def upgrade() -> None:
    op.add_column("posts", sa.Column("locked_at", INSTANT, nullable=True))
    op.add_column("posts", sa.Column("is_closed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("actors", sa.Column("also_known_as", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("actors", sa.Column("moved_to", URI, nullable=True))
    op.add_column("actors", sa.Column("moved_at", INSTANT, nullable=True))

    op.create_table(
        "bans",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_uri", URI, nullable=False),
        sa.Column("by_id", INTEGER, nullable=True),
        sa.Column("activity_uri", URI, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("hides_data", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _to("community_id", "communities.actor_id", "bans"),
        _to("by_id", "actors.id", "bans", on_delete="SET NULL"),
        sa.PrimaryKeyConstraint("community_id", "actor_uri", name=op.f("pk_bans")),
    )
    op.create_table(
        "removals",
        sa.Column("post_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("community_id", INTEGER, nullable=False),
        sa.Column("by_id", INTEGER, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("root_id", INTEGER, nullable=False),
        sa.Column("with_ban", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _to("post_id", "posts.id", "removals"),
        _to("community_id", "communities.actor_id", "removals"),
        _to("by_id", "actors.id", "removals", on_delete="SET NULL"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_removals")),
    )
    op.create_index("ix_removals_root", "removals", ["root_id"], unique=False)
    op.create_index("ix_removals_community", "removals", ["community_id", "post_id"], unique=False)
    op.create_table(
        "pins",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("post_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("pinned_at", INSTANT, nullable=False),
        _to("community_id", "communities.actor_id", "pins"),
        _to("post_id", "posts.id", "pins"),
        sa.PrimaryKeyConstraint("community_id", "post_id", name=op.f("pk_pins")),
    )
    op.create_index("ix_pins_post_id", "pins", ["post_id"], unique=False)
    op.create_table(
        "moderators",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_uri", URI, nullable=False),
        _to("community_id", "communities.actor_id", "moderators"),
        sa.PrimaryKeyConstraint("community_id", "actor_uri", name=op.f("pk_moderators")),
    )
    op.create_table(
        "personal_blocks",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("target_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("activity_uri", URI, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _to("actor_id", "actors.id", "personal_blocks"),
        _to("target_id", "actors.id", "personal_blocks"),
        sa.PrimaryKeyConstraint("actor_id", "target_id", name=op.f("pk_personal_blocks")),
    )
    op.create_index("ix_personal_blocks_target_id", "personal_blocks", ["target_id"], unique=False)
    _create_reports()


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("activity_uri", URI, nullable=False),
        sa.Column("reporter_id", INTEGER, nullable=False),
        sa.Column("target_id", INTEGER, nullable=False),
        sa.Column("post_id", INTEGER, nullable=True),
        sa.Column("community_id", INTEGER, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("is_forwarded", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("resolved_by_id", INTEGER, nullable=True),
        _to("reporter_id", "actors.id", "reports"),
        _to("target_id", "actors.id", "reports"),
        _to("post_id", "posts.id", "reports"),
        _to("community_id", "communities.actor_id", "reports"),
        _to("resolved_by_id", "actors.id", "reports", on_delete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_post_id", "reports", ["post_id"], unique=False)
    op.create_index("ix_reports_community", "reports", ["community_id", "id"], unique=False)
    op.create_index("uq_reports_once", "reports", ["activity_uri", "post_id"], unique=True)


def downgrade() -> None:
    for table in ("reports", "personal_blocks", "moderators", "pins", "removals", "bans"):
        op.drop_table(table)
    with op.batch_alter_table("actors") as actors:
        for column in ("moved_at", "moved_to", "also_known_as"):
            actors.drop_column(column)
    with op.batch_alter_table("posts") as posts:
        posts.drop_column("is_closed")
        posts.drop_column("locked_at")
