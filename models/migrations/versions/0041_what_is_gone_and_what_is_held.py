"""sealed copies of what is gone, legal cases that hold it, acts of two people, and how long communities keep threads

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
BINNED = sa.text("bin_until IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "kept_copies",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("post_id", INTEGER, nullable=True),
        sa.Column("uri", sa.String(length=2048), nullable=False),
        sa.Column("author_id", INTEGER, nullable=False),
        sa.Column("community_id", INTEGER, nullable=True),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("bin_until", INSTANT, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("upload_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_copies")),
    )
    op.create_index("ix_kept_copies_author", "kept_copies", ["author_id", "id"])
    op.create_index("ix_kept_copies_bin", "kept_copies", ["bin_until"], sqlite_where=BINNED, postgresql_where=BINNED)
    op.create_index(op.f("ix_kept_copies_post_id"), "kept_copies", ["post_id"])
    _cases()
    op.create_table(
        "proposals",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", INTEGER, nullable=True),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", INTEGER, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("decided_by_id", INTEGER, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_proposals_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["actors.id"], name=op.f("fk_proposals_decided_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_kind", "proposals", ["kind", "subject_id", "id"])
    op.add_column("communities", sa.Column("retention_days", INTEGER, nullable=True))


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("names_people", sa.Boolean(), nullable=False),
        sa.Column("names_communities", sa.Boolean(), nullable=False),
        sa.Column("begins_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_state", "cases", ["state"])
    for table, column in (("case_people", "person_id"), ("case_communities", "community_id")):
        op.create_table(
            table,
            sa.Column("case_id", INTEGER, autoincrement=False, nullable=False),
            sa.Column(column, INTEGER, autoincrement=False, nullable=False),
            sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id"), ondelete="CASCADE"),
            sa.ForeignKeyConstraint([column], ["actors.id"], name=op.f(f"fk_{table}_{column}")),
            sa.PrimaryKeyConstraint("case_id", column, name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_table(
        "case_exports",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("case_id", INTEGER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("items", INTEGER, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_exports_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_exports")),
    )
    op.create_index(op.f("ix_case_exports_case_id"), "case_exports", ["case_id"])


def downgrade() -> None:
    op.drop_column("communities", "retention_days")
    for table in ("proposals", "case_exports", "case_communities", "case_people", "cases", "kept_copies"):
        op.drop_table(table)
