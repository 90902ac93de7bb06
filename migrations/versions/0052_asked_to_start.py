"""experiments that are asked to start

Revision ID: 0052
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("experiment") as batch:
        batch.add_column(sa.Column("start_asked_at", capture.db.Instant(), nullable=True))
        batch.add_column(sa.Column("start_asked_by", sa.String(length=320), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("experiment") as batch:
        batch.drop_column("start_asked_by")
        batch.drop_column("start_asked_at")
