"""saved views

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("sought", capture.db.Json(), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", capture.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("name", name=op.f("uq_saved_view_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_view_public_id")),
    )


def downgrade() -> None:
    op.drop_table("saved_view")
