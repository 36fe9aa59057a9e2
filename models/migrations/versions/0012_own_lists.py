"""Lists that people make themselves.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to(column: str, target: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "own_lists",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("actor_id", INTEGER, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("replies_policy", sa.String(length=10), nullable=False),
        sa.Column("is_exclusive", sa.Boolean(), nullable=False),
        _to("actor_id", "actors.id", "own_lists"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_lists")),
    )
    op.create_index(op.f("ix_own_lists_actor_id"), "own_lists", ["actor_id"])
    op.create_table(
        "own_list_members",
        sa.Column("id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("list_id", INTEGER, nullable=False),
        sa.Column("account_id", INTEGER, nullable=False),
        sa.Column("follow_id", INTEGER, nullable=True),
        _to("list_id", "own_lists.id", "own_list_members"),
        _to("account_id", "actors.id", "own_list_members"),
        _to("follow_id", "follows.id", "own_list_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_list_members")),
        sa.UniqueConstraint("list_id", "account_id", name=op.f("uq_own_list_members_list_id_account_id")),
    )
    op.create_index(op.f("ix_own_list_members_account_id"), "own_list_members", ["account_id"])
    op.create_index(op.f("ix_own_list_members_follow_id"), "own_list_members", ["follow_id"])
    op.create_index("ix_own_list_members_list", "own_list_members", ["list_id", "id"])


def downgrade() -> None:
    op.drop_table("own_list_members")
    op.drop_table("own_lists")
