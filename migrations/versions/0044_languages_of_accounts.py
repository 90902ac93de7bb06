"""languages of accounts

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("language", sa.String(length=320), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("staff", "language")
