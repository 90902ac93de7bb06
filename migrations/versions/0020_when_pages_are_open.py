"""when pages are open

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("opens_at", capture.db.Instant(), nullable=True))
    op.add_column("page", sa.Column("closes_at", capture.db.Instant(), nullable=True))
    op.add_column("page", sa.Column("opening_to_tell", capture.db.Instant(), nullable=True))
    op.add_column("page", sa.Column("farewell", sa.Text(), nullable=False, server_default=""))
    op.add_column("page", sa.Column("leads_to", sa.String(length=22), nullable=False, server_default=""))
    op.add_column("page", sa.Column("owner", sa.String(length=320), nullable=False, server_default=""))
    op.add_column("publication", sa.Column("opens_at", capture.db.Instant(), nullable=True))
    op.add_column("publication", sa.Column("closes_at", capture.db.Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("publication", "closes_at")
    op.drop_column("publication", "opens_at")
    for column in ("owner", "leads_to", "farewell", "opening_to_tell", "closes_at", "opens_at"):
        op.drop_column("page", column)
