"""Pictures of remote actors, files of earlier versions of posts, polls and their votes.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
NOTHING = sa.text("'{}'")


def upgrade() -> None:
    op.create_table(
        "remote_pictures",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_remote_pictures")),
    )
    op.create_table(
        "polls",
        sa.Column("post_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("voters", INTEGER, nullable=True),
        sa.Column("is_multiple", sa.Boolean(), nullable=False),
        sa.Column("hides_totals", sa.Boolean(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("changed_at", INSTANT, nullable=True),
        sa.Column("distributed_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_polls_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_polls")),
    )
    for column, condition in (("changed_at", "changed_at IS NOT NULL"), ("expires_at", "ended_at IS NULL")):
        where = sa.text(condition)
        op.create_index(f"ix_polls_{column}", "polls", [column], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "poll_votes",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("post_id", INTEGER, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("choice", INTEGER, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_poll_votes_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["polls.post_id"], name=op.f("fk_poll_votes_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_votes")),
        sa.UniqueConstraint("post_id", "actor_id", "choice", name=op.f("uq_poll_votes_post_id_actor_id_choice")),
    )
    op.create_index(op.f("ix_poll_votes_actor_id"), "poll_votes", ["actor_id"])
    op.add_column("actors", sa.Column("pictures", sa.JSON(), server_default=NOTHING, nullable=False))
    op.add_column("post_versions", sa.Column("details", sa.JSON(), server_default=NOTHING, nullable=False))


def downgrade() -> None:
    op.drop_column("post_versions", "details")
    op.drop_column("actors", "pictures")
    op.drop_table("poll_votes")
    op.drop_table("polls")
    op.drop_table("remote_pictures")
