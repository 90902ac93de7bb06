"""who of the house corrected what is known of a lead

Revision ID: 0074
Revises: 0073
"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead_value", sa.Column("corrected_by", sa.String(length=320), nullable=True))


def downgrade() -> None:
    op.drop_column("lead_value", "corrected_by")
