"""which of the data sales says are wrong

Revision ID: 0073
Revises: 0072
"""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("disposition", sa.Column("wrong", sa.String(length=320), nullable=True))


def downgrade() -> None:
    op.drop_column("disposition", "wrong")
