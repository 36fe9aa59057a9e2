"""Offices by groups of the directory, when its tokens wrote last, and what it was refused.

Imports nothing of ours: it must go on working when the code has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('directory_errors',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite'), nullable=False),
    sa.Column('speaker', sa.String(length=120), nullable=False),
    sa.Column('request', sa.String(length=200), nullable=False),
    sa.Column('status', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('detail', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directory_errors'))
    )
    with op.batch_alter_table('directory_errors', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_directory_errors_at'), ['at'], unique=False)

    with op.batch_alter_table('directory_entries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('role', sa.String(length=20), nullable=True))

    with op.batch_alter_table('directory_tokens', schema=None) as batch_op:
        batch_op.add_column(sa.Column('used_at', sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite'), nullable=True))




def downgrade() -> None:

    with op.batch_alter_table('directory_tokens', schema=None) as batch_op:
        batch_op.drop_column('used_at')

    with op.batch_alter_table('directory_entries', schema=None) as batch_op:
        batch_op.drop_column('role')

    with op.batch_alter_table('directory_errors', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_directory_errors_at'))

    op.drop_table('directory_errors')

