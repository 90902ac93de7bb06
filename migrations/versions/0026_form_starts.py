"""forms that people begin

Revision ID: 0025
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "form_start",
        sa.Column("id", KEY, nullable=False),
        sa.Column("form_key", sa.String(length=320), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("field", sa.String(length=320), nullable=False),
        sa.Column("at", capture.db.Instant(), nullable=False),
        sa.Column("is_sent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_form_start_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_start")),
        sa.UniqueConstraint("form_key", name=op.f("uq_form_start_form_key")),
    )
    op.create_index(op.f("ix_form_start_page_id_at"), "form_start", ["page_id", "at"])


def downgrade() -> None:
    op.drop_table("form_start")
