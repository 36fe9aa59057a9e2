"""Agreements between firms, their versions and communities, and letters that pass a suspension.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("peer_id", INTEGER, nullable=False),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("ceiling", sa.Integer(), nullable=False),
        sa.Column("rights", sa.String(length=20), nullable=False),
        sa.Column("opens_ours", sa.Boolean(), nullable=False),
        sa.Column("review_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_agreements_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("peer_id", "uri", "version", "hash", name=op.f("uq_agreements_peer_id_uri_version_hash")),
    )
    op.create_index(
        "uq_agreements_in_force",
        "agreements",
        ["peer_id"],
        unique=True,
        sqlite_where=sa.text("state = 'in-force'"),
        postgresql_where=sa.text("state = 'in-force'"),
    )
    op.create_table(
        "shared_communities",
        sa.Column("agreement_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("community_id", INTEGER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_shared_communities_agreement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.actor_id"],
            name=op.f("fk_shared_communities_community_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agreement_id", "community_id", name=op.f("pk_shared_communities")),
    )
    op.create_index(op.f("ix_shared_communities_community_id"), "shared_communities", ["community_id"])
    op.add_column("deliveries", sa.Column("is_formal", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_deliveries_formal",
        "deliveries",
        ["peer_id"],
        sqlite_where=sa.text("is_formal = 1"),
        postgresql_where=sa.text("is_formal"),
    )
    op.add_column("peers", sa.Column("is_named", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("peers", sa.Column("server_key", sa.String(length=100), nullable=True))
    op.add_column("peers", sa.Column("awaits_us", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("peers", sa.Column("awaits_them", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("peers", sa.Column("letters_sent", INTEGER, server_default="0", nullable=False))
    op.add_column("peers", sa.Column("letters_seen", INTEGER, server_default="0", nullable=False))


def downgrade() -> None:
    for column in ("letters_seen", "letters_sent", "awaits_them", "awaits_us", "server_key", "is_named"):
        op.drop_column("peers", column)
    op.drop_index("ix_deliveries_formal", table_name="deliveries")
    op.drop_column("deliveries", "is_formal")
    op.drop_table("shared_communities")
    op.drop_table("agreements")
