"""Drafts of agreements, reports that were passed on, rules about client apps.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "agreement_drafts",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("answers", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("made_by_id", INTEGER, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("approved_by_id", INTEGER, nullable=True),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["actors.id"], name=op.f("fk_agreement_drafts_made_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["actors.id"], name=op.f("fk_agreement_drafts_approved_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_drafts")),
        sa.UniqueConstraint("host", name=op.f("uq_agreement_drafts_host")),
    )
    op.create_table(
        "client_rules",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_client_rules")),
    )
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("escalated_at", INSTANT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("reports") as reports:
        reports.drop_column("escalated_at")
    op.drop_table("client_rules")
    op.drop_table("agreement_drafts")
