"""destination columns

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "destination_columns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("destination", sa.String(length=320), nullable=False),
        sa.Column("columns", capture.db.Json(), nullable=False),
        sa.Column("changed_at", capture.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destination_columns")),
        sa.UniqueConstraint("destination", name=op.f("uq_destination_columns_destination")),
    )


def downgrade() -> None:
    op.drop_table("destination_columns")
