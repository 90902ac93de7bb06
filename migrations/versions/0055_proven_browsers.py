"""browsers that a mail has proven to be a lead's

Revision ID: 0055
Revises: 0054
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead_visitor", sa.Column("proven_at", capture.db.Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("lead_visitor") as batch:
        batch.drop_column("proven_at")
