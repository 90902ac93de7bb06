"""kept lists

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "kept_list",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", capture.db.Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_list")),
        sa.UniqueConstraint("name", name=op.f("uq_kept_list_name")),
    )


def downgrade() -> None:
    op.drop_table("kept_list")
