"""People who have left, what they belonged to, and communities without a host.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("left_at", INSTANT, nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_departures_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_departures")),
    )
    op.create_index(op.f("ix_departures_due_at"), "departures", ["due_at"])
    op.create_table(
        "former_follows",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("follower_id", INTEGER, nullable=False),
        sa.Column("target_id", INTEGER, nullable=False),
        sa.Column("activity_uri", sa.String(length=2048), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("shows_reblogs", sa.Boolean(), nullable=False),
        sa.Column("notifies", sa.Boolean(), nullable=False),
        sa.Column("list_title", sa.String(length=200), nullable=True),
        sa.Column("list_hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["actors.id"], name=op.f("fk_former_follows_follower_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actors.id"], name=op.f("fk_former_follows_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_follows")),
    )
    op.create_index(op.f("ix_former_follows_follower_id"), "former_follows", ["follower_id"])
    op.create_table(
        "retired_names",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_retired_names")),
    )
    op.create_table(
        "successions",
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("asked_id", INTEGER, nullable=True),
        sa.Column("declined", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.actor_id"], name=op.f("fk_successions_community_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["asked_id"], ["actors.id"], name=op.f("fk_successions_asked_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_successions")),
    )
    op.create_index(op.f("ix_successions_asked_id"), "successions", ["asked_id"])


def downgrade() -> None:
    op.drop_table("successions")
    op.drop_table("retired_names")
    op.drop_table("former_follows")
    op.drop_table("departures")
