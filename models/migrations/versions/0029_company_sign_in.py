"""Identity providers, who is who there, roles of groups, and sessions that began there.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "identity_providers",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=2048), nullable=False),
        sa.Column("client_id", sa.String(length=400), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("group_claim", sa.String(length=100), nullable=False),
        sa.Column("required_groups", sa.JSON(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("tested_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint("issuer", name=op.f("uq_identity_providers_issuer")),
    )
    op.create_table(
        "identity_roles",
        sa.Column("provider_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("group_name", sa.String(length=400), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_providers.id"], name=op.f("fk_identity_roles_provider_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("provider_id", "group_name", name=op.f("pk_identity_roles")),
    )
    op.create_table(
        "identities",
        sa.Column("provider_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_providers.id"], name=op.f("fk_identities_provider_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_identities_actor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("provider_id", "subject", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_actor_id"), "identities", ["actor_id"])
    op.create_table(
        "provider_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("provider_id", INTEGER, nullable=False),
        sa.Column("sid", sa.String(length=255), nullable=True),
        sa.Column("id_token_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_hash"], ["sessions.token_hash"], name=op.f("fk_provider_sessions_token_hash"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["identity_providers.id"],
            name=op.f("fk_provider_sessions_provider_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_provider_sessions")),
    )
    op.create_index(op.f("ix_provider_sessions_provider_id"), "provider_sessions", ["provider_id"])
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("pending_role", sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("pending_role")
    for table in ("provider_sessions", "identities", "identity_roles", "identity_providers"):
        op.drop_table(table)
