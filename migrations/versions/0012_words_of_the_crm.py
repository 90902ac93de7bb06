"""words_of_the_crm

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_status",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=320), nullable=False),
        sa.Column("means", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_status")),
        sa.UniqueConstraint("status", name=op.f("uq_crm_status_status")),
    )


def downgrade() -> None:
    op.drop_table("crm_status")
