"""What people do not care to meet, note about others, and recommend.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table("account_notes",
    sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
    sa.Column("target_id", INTEGER, autoincrement=False, nullable=False),
    sa.Column("comment", sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_account_notes_actor_id"), ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["target_id"], ["actors.id"], name=op.f("fk_account_notes_target_id"), ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("actor_id", "target_id", name=op.f("pk_account_notes"))
    )
    op.create_index(op.f("ix_account_notes_target_id"), "account_notes", ["target_id"])
    op.create_table("domain_blocks",
    sa.Column("id", INTEGER, autoincrement=False, nullable=False),
    sa.Column("actor_id", INTEGER, nullable=False),
    sa.Column("host", sa.String(length=255), nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_domain_blocks_actor_id"), ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_blocks")),
    sa.UniqueConstraint("actor_id", "host", name=op.f("uq_domain_blocks_actor_id_host"))
    )
    op.create_index("ix_domain_blocks_actor", "domain_blocks", ["actor_id", "id"])
    op.create_table("endorsements",
    sa.Column("id", INTEGER, autoincrement=False, nullable=False),
    sa.Column("actor_id", INTEGER, nullable=False),
    sa.Column("target_id", INTEGER, nullable=False),
    sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_endorsements_actor_id"), ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["target_id"], ["actors.id"], name=op.f("fk_endorsements_target_id"), ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsements")),
    sa.UniqueConstraint("actor_id", "target_id", name=op.f("uq_endorsements_actor_id_target_id"))
    )
    op.create_index("ix_endorsements_actor", "endorsements", ["actor_id", "id"])
    op.create_index(op.f("ix_endorsements_target_id"), "endorsements", ["target_id"])
    op.create_table("muted_threads",
    sa.Column("actor_id", INTEGER, autoincrement=False, nullable=False),
    sa.Column("thread_id", INTEGER, autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_muted_threads_actor_id"), ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("actor_id", "thread_id", name=op.f("pk_muted_threads"))
    )
    op.create_table("mutes",
    sa.Column("id", INTEGER, autoincrement=False, nullable=False),
    sa.Column("actor_id", INTEGER, nullable=False),
    sa.Column("target_id", INTEGER, nullable=False),
    sa.Column("hides_notifications", sa.Boolean(), nullable=False),
    sa.Column("expires_at", INSTANT, nullable=True),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_mutes_actor_id"), ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["target_id"], ["actors.id"], name=op.f("fk_mutes_target_id"), ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
    sa.UniqueConstraint("actor_id", "target_id", name=op.f("uq_mutes_actor_id_target_id"))
    )
    op.create_index("ix_mutes_actor", "mutes", ["actor_id", "id"])
    op.create_index(op.f("ix_mutes_target_id"), "mutes", ["target_id"])



def downgrade() -> None:
    op.drop_table("mutes")
    op.drop_table("muted_threads")
    op.drop_table("endorsements")
    op.drop_table("domain_blocks")
    op.drop_table("account_notes")
