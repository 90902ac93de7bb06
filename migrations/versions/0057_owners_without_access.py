"""owners without access

Revision ID: 0057
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("exclusion") as batch:
        batch.add_column(sa.Column("owner_email", sa.String(length=320), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("exclusion") as batch:
        batch.drop_column("owner_email")
