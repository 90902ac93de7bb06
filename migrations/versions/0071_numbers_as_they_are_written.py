"""how many telephone numbers of each list are kept as they are written

Revision ID: 0071
Revises: 0070
"""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead_import", sa.Column("odd_phones", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("lead_import", "odd_phones")
