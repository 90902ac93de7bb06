"""what the renderer complained about while it set a proof

Revision ID: 0064
Revises: 0063
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("proof", sa.Column("complaints", capture.db.Json(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("proof") as batch:
        batch.drop_column("complaints")
