"""told conversions

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_conversion",
        sa.Column("mql_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("told_at", capture.db.Instant(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("changed_at", capture.db.Instant(), nullable=True),
        sa.Column("retracted_at", capture.db.Instant(), nullable=True),
        sa.CheckConstraint("(value IS NULL) = (currency IS NULL)", name=op.f("ck_told_conversion_money")),
        sa.ForeignKeyConstraint(["mql_id"], ["mql.id"], name=op.f("fk_told_conversion_mql_id")),
        sa.PrimaryKeyConstraint("mql_id", name=op.f("pk_told_conversion")),
    )


def downgrade() -> None:
    op.drop_table("told_conversion")
