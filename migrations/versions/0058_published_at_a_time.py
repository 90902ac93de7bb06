"""new versions of live pages that go to the press at a time

Revision ID: 0058
Revises: 0057
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publication", sa.Column("due_at", capture.db.Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("publication") as batch:
        batch.drop_column("due_at")
