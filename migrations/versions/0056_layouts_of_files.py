"""layouts of files

Revision ID: 0056
Revises: 0055
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_layout",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("headers_key", sa.String(length=64), nullable=False),
        sa.Column("means", capture.db.Json(), nullable=False),
        sa.Column("date_order", sa.String(length=40), nullable=True),
        sa.CheckConstraint("date_order IN ('mdy', 'dmy')", name=op.f("ck_known_layout_date_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_layout")),
        sa.UniqueConstraint("purpose", "headers_key", name=op.f("uq_known_layout_purpose_headers_key")),
    )
    with op.batch_alter_table("closed_cost") as batch:
        batch.add_column(sa.Column("kind", sa.String(length=20), server_default="", nullable=False))
    op.execute("DELETE FROM tally")  # by rule, days are counted with what merged records did; what is kept stands


def downgrade() -> None:
    with op.batch_alter_table("closed_cost") as batch:
        batch.drop_column("kind")
    op.drop_table("known_layout")
