"""corrections

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("edition", sa.Column("corrects", sa.Integer(), nullable=True))
    op.add_column("edition", sa.Column("keeps_earlier", sa.Boolean(), nullable=True))
    op.add_column("publication", sa.Column("is_correction", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("publication", sa.Column("keeps_earlier", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("publication", "keeps_earlier")
    op.drop_column("publication", "is_correction")
    op.drop_column("edition", "keeps_earlier")
    op.drop_column("edition", "corrects")
